import type { ClientConfig } from '../protocol/messages.ts'
import { diagnose } from './dev/diagnose.ts'
import { showErrors } from './dev/error-box.ts'
import { simulateLatency } from './dev/latency.ts'
import { logReflexes } from './dev/log.ts'
import { renderAfterReboot } from './dev/reboot.ts'
import { Patella, start } from './index.ts'

/** What `client.dev.js` has beyond the API; both settings last for the browser tab's session. */
export interface DevTools {
  /** Whether each reflex is logged on the console: on unless switched off. */
  debug: boolean
  /** Makes each round trip take so much longer, ms; without an argument tells the present value. */
  latency(ms?: number): number
}

const page = self as { Patella?: Partial<ClientConfig> | (typeof Patella & DevTools) }

// The script's first line, which the server generates, has left the configuration where the API goes.
const config = page.Patella as Partial<ClientConfig>
const log = logReflexes()
page.Patella = Object.defineProperties(Patella, {
  debug: { get: log.isOn, set: log.switch },
  latency: { value: simulateLatency() },
}) as typeof Patella & DevTools
showErrors()
diagnose()
renderAfterReboot()
start(config)
