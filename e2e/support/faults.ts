import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { type Child, startServer } from './child.ts'
import { startProxy, type TcpProxy } from './proxy.ts'

export { expect }

/** The gallery's server, and how it is stopped and started again on the same port. */
export interface Restartable {
  stop(): Promise<void>
  start(): Promise<void>
}

/** Each test has a gallery of its own behind a proxy of its own. */
export const test = base.extend<{ server: Restartable & { port: number }; wire: TcpProxy }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's fixtures from its pattern
  server: async ({}, use) => {
    // As under `node --watch`, sessions outlive the process, in a file that is named after the folder.
    const folder = mkdtempSync(join(tmpdir(), 'patella-faults-'))
    const env = { SESSION_SECRET: 'faults'.repeat(8), WATCH_REPORT_DEPENDENCIES: '1' }
    const start = (port?: number) => startServer(resolve('dist/examples/server.js'), { port, env, cwd: folder })
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
