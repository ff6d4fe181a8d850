import { test as base, expect } from '@playwright/test'
import { hosts, startServer } from '../child.ts'
import { startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import type { Browser, Driver, Tab } from './tab.ts'
import { startWebkit } from './webkit.ts'

export { expect }

const starts: Record<Browser, () => Promise<Driver>> = {
  chromium: startChromium,
  firefox: startFirefox,
  webkit: startWebkit,
}

interface PerTest {
  /** Which browser `tab` is one of. */
  engine: Browser
  /** A fresh one. */
  tab: Tab
  /** Another, with cookies of its own. */
  newTab: () => Promise<Tab>
}

interface PerWorker {
  /** The browser, started when it is first asked for. */
  drivers: (browser: Browser) => Promise<Driver>
  /** The gallery's address, `http://localhost:PORT`. */
  gallery: string
}

/** Playwright is the runner of these tests; the browser is driven by a `Tab`. */
export const test = base.extend<PerTest, PerWorker>({
  engine: ['chromium', { option: true }],
  drivers: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's fixtures from its pattern
    async ({}, use) => {
      const started = new Map<Browser, Promise<Driver>>()
      await use((browser) => {
        const driver = started.get(browser) ?? starts[browser]()
        started.set(browser, driver)
        return driver
      })
      for (const driver of started.values()) await (await driver.catch(() => undefined))?.close()
    },
    { scope: 'worker' },
  ],
  gallery: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await startServer(hosts.patella)
      await use(`http://localhost:${server.port}`)
      expect(await server.stop(), 'the server ends in good order').toBe(0)
    },
    { scope: 'worker' },
  ],
  newTab: async ({ engine, drivers }, use) => {
    const tabs: Tab[] = []
    await use(async () => {
      const tab = await (await drivers(engine)).newTab()
      tabs.push(tab)
      return tab
    })
    for (const tab of tabs) await tab.close()
  },
  tab: async ({ newTab }, use) => use(await newTab()),
})

/** Declares the same tests for each; where a browser starts slowly, they share a worker, so that it is started once. */
export function inEachBrowser(browsers: Browser[], declare: (engine: Browser) => void): void {
  for (const engine of browsers) {
    test.describe(engine, () => {
      test.describe.configure({ mode: engine === 'chromium' ? 'parallel' : 'default' })
      test.use({ engine })
      declare(engine)
    })
  }
}
