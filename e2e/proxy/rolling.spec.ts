import { expect, type Page, test } from '@playwright/test'
import { connected } from '../../client/playwright.ts'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { Service } from '../../scripts/services/service.mjs'
import { type Child, startServer } from '../support/child.ts'
import { documented, type Nginx, startNginx } from '../support/nginx.ts'

/** Two processes behind nginx that are replaced one after the other, as a rolling deploy does, while tabs work. */

const tabs = 4
const rounds = process.env.PATELLA_FULL ? 10 : 2

let store: Service
let processes: Child[]
let nginx: Nginx

test.use({ ignoreHTTPSErrors: true })

test.beforeAll(async () => {
  store = await startRedis()
  processes = [await start(), await start()]
  nginx = await startNginx(documented, ...processes.map(({ port }) => port))
})

test.afterAll(async () => {
  await nginx.stop()
  await Promise.all(processes.map((one) => one.stop()))
  await store.stop()
})

test('every reflex is answered once, and none is lost', async ({ browser }) => {
  const pages = await Promise.all(
    Array.from({ length: tabs }, async () => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const page = await context.newPage()
      await page.goto(nginx.origin)
      await connected(page)
      return page
    }),
  )
  const working = pages.map(work)
  for (let round = 0; round < rounds; round++) {
    for (const [n, old] of processes.entries()) {
      // Every tab has been answered since the last restart, so that each of them is at work when the next one comes.
      await Promise.all(pages.map(someMore))
      expect(await old.stop(), 'it ends in good order').toBe(0)
      processes[n] = await start(old.port)
    }
  }
  await Promise.all(pages.map(someMore))
  await Promise.all(pages.map((page) => page.evaluate(() => Object.assign(globalThis, { enough: true }))))
  for (const [n, count] of (await Promise.all(working)).entries()) {
    expect(count).toBeGreaterThan(rounds)
    await pages[n]?.reload()
    await expect(pages[n]?.locator('#count') as ReturnType<Page['locator']>).toHaveText(String(count))
    await pages[n]?.context().close()
  }
})

/** On the page's own global object. */
interface Work {
  answered?: number
  enough?: boolean
}

function start(port?: number): Promise<Child> {
  const env = { TRUST: 'loopback', STORE: store.url, NODE_ENV: 'production' }
  return startServer('e2e/support/proxied-server.mjs', { port, env })
}

/** Counts one after the other until it is told to stop; a reflex that is not answered ok ends the test. */
function work(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const state = globalThis as Work
    state.answered = 0
    while (!state.enough) {
      await Patella.stimulate('counter#increment')
      state.answered++
    }
    return state.answered
  })
}

/** Resolves when the page has been answered twice more. */
async function someMore(page: Page): Promise<void> {
  const before = await page.evaluate(() => (globalThis as Work).answered ?? 0)
  await page.waitForFunction((least) => ((globalThis as Work).answered ?? 0) > least, before + 1)
}
