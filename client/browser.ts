import type { ClientConfig } from '../protocol/messages.ts'
import { Patella, start } from './index.ts'

const page = self as { Patella?: Partial<ClientConfig> | typeof Patella }

// The script's first line, which the server generates, has left the configuration where the API goes.
const config = page.Patella as Partial<ClientConfig>
page.Patella = Patella
start(config)
