import { test as base, expect } from '@playwright/test'
import { type Child, type Host, hosts, startServer } from './child.ts'

export { expect }

interface PerTest {
  host: Host
  /** The gallery's address, `http://localhost:PORT`. */
  gallery: string
  clean: undefined
}

interface PerWorker {
  /** Starts a host's server when it is first asked for. */
  servers: (host: Host) => Promise<Child>
}

/** Each test has the gallery on `host`; errors in the browser's console, those of the CSP among them, fail it. */
export const test = base.extend<PerTest, PerWorker>({
  host: ['patella', { option: true }],
  servers: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's fixtures from its pattern
    async ({}, use) => {
      const started = new Map<Host, Promise<Child>>()
      await use((host) => {
        if (!started.has(host)) started.set(host, startServer(hosts[host]))
        return started.get(host) as Promise<Child>
      })
      for (const server of started.values()) {
        expect(await (await server).stop(), 'the server ends in good order').toBe(0)
      }
    },
    { scope: 'worker' },
  ],
  gallery: async ({ host, servers }, use) => use(`http://localhost:${(await servers(host)).port}`),
  baseURL: ({ gallery }, use) => use(gallery),
  clean: [
    async ({ context }, use) => {
      const problems: string[] = []
      context.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      context.on('weberror', (error) => problems.push(String(error.error())))
      await use(undefined)
      expect(problems).toEqual([])
    },
    { auto: true },
  ],
})

/** Declares the same tests for both hosts. */
export function onEachHost(declare: () => void): void {
  for (const host of Object.keys(hosts) as Host[]) {
    test.describe(host, () => {
      test.use({ host })
      declare()
    })
  }
}
