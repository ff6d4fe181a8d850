import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { type Child, type Host, hosts, startServer } from './child.ts'
import { startProxy, type TcpProxy } from './proxy.ts'

export { expect }

/** The gallery's server, and how it is stopped and started again on the same port. */
export interface Restartable {
  readonly port: number
  stop(): Promise<void>
  start(): Promise<void>
}

/** Each test has a gallery of its own behind a proxy of its own. */
export const test = base.extend<{ host: Host; server: Restartable; wire: TcpProxy }>({
  host: ['patella', { option: true }],
  server: async ({ host }, use) => {
    // As under `node --watch`, sessions outlive the process, in a file of its temp folder.
    const folder = mkdtempSync(join(tmpdir(), 'patella-faults-'))
    const env = { SESSION_SECRET: 'faults'.repeat(8), WATCH_REPORT_DEPENDENCIES: '1', TMPDIR: folder }
    const start = (port?: number) => startServer(hosts[host], { port, env })
    let child: Child | undefined = await start()
    const { port } = child
    await use({
      port,
      async stop() {
        expect(await child?.stop(), 'the server ends in good order').toBe(0)
        child = undefined
      },
      async start() {
        child = await start(port)
      },
    })
    await child?.stop()
    rmSync(folder, { recursive: true })
  },
  wire: async ({ server }, use) => {
    const proxy = await startProxy(server.port)
    await use(proxy)
    await proxy.close()
  },
  baseURL: ({ wire }, use) => use(`http://127.0.0.1:${wire.port}`),
})
