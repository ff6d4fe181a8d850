import { test as base, expect, type Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { type HangServer, startHangServer } from '../support/hang-server.ts'

/**
 * The ten ways in which a StimulusReflex page waits for ever, with a spinner that never goes. Here each of them ends in
 * exactly one answer, and the page works on.
 */
const test = base.extend<{ server: HangServer }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of a fixture's fixtures from its pattern
  server: async ({}, use) => {
    const server = await startHangServer()
    await use(server)
    await server.close()
  },
})

test('1. the socket drops after the request went out', async ({ page, server }) => {
  await open(page, server)
  for (const bytes of [0, 1, 40]) {
    server.wire.cutAfter(bytes, 'down')
    expect(await reflex(page, 'hang#count', () => page.click('#plus'))).toMatchObject({ status: 'ok' })
  }
  await expect(page.locator('#count')).toHaveText('3')
})

test('2. unknown reflexes and actions, wrong arguments, a version that does not fit', async ({ page, server }) => {
  await open(page, server)
  for (const name of ['hang#nope', 'nope#count', 'hang#constructor', 'hang#__proto__', 'hang#toString', 'hang']) {
    expect(await ask(page, name), name).toBe('unknown')
  }
  expect(await ask(page, 'hang#greet')).toBe('invalid')
  expect(await ask(page, 'hang#greet', 1)).toBe('invalid')
  expect(await ask(page, 'hang#greet', 'Ada', 'Bob')).toBe('invalid')
  expect(await ask(page, 'hang#greet', 'Ada')).toBe('Hello Ada')
  expect(await ask(page, 'hang#fail')).toBe('error')
  await worksOn(page)

  // A tab of another time reloads, once; when that does not help, what it asks is answered.
  await page.addInitScript(() => {
    globalThis.WebSocket = class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(String(url).replace('v=1', 'v=99'), protocols)
      }
    }
    sessionStorage.loads = Number(sessionStorage.loads ?? 0) + 1
  })
  await page.reload()
  await page.waitForFunction(() => sessionStorage.loads === '2' && document.readyState === 'complete')
  expect(await ask(page, 'hang#count')).toBe('error')
})

test('3. a server of another version, in the middle of a deployment', async ({ page, server }) => {
  await open(page, server)
  const { status } = await reflex(page, 'hang#future', () => ask(page, 'hang#future'))
  expect(status).toBe('ok')
  await expect(page).toHaveTitle('done')
  await worksOn(page)
})

test('4. an empty page, a page without its root, a page that wants a login', async ({ page, server }) => {
  await open(page, server)
  server.page = 'unauthorized'
  expect(await ask(page, 'hang#count')).toBe('unauthorized')
  server.page = 'rootless'
  expect(await reflex(page, 'hang#count', () => ask(page, 'hang#count'))).toMatchObject({ status: 'ok', morph: 'page' })
  await expect(page.locator('body')).toHaveText('elsewhere')
  server.page = 'empty'
  expect(await ask(page, 'hang#count')).toBe('error')
  await expect(page.locator('body'), 'nothing is no page').toHaveText('elsewhere')
  server.page = 'whole'
  await page.reload()
  await expect(page.locator('#count')).toHaveText('3')
})

test('5. a selector that the page does not have', async ({ page, server }) => {
  await open(page, server)
  const end = await reflex(page, 'hang#absent', () => ask(page, 'hang#absent'))
  expect(end).toMatchObject({ status: 'ok', morph: 'selector' })
  await expect(page.locator('#count'), 'the others are patched').toHaveText('patched')
  await worksOn(page)
})

test('6. a subscription that is refused', async ({ page, server }) => {
  let refused = 0
  await page.routeWebSocket(/cable/, (socket) => {
    const upstream = socket.connectToServer()
    socket.onMessage((message) => {
      const { command, identifier } = JSON.parse(String(message))
      if (command !== 'subscribe' || refused++ > 0) return upstream.send(message)
      socket.send(JSON.stringify({ type: 'reject_subscription', identifier }))
    })
  })
  await page.goto(server.url)
  expect(await ask(page, 'hang#count')).toBe('error')
  await connected(page)
  await worksOn(page)
})

test('7. a reflex that removes its own element', async ({ page, server }) => {
  await open(page, server)
  const end = await reflex(page, 'hang#vanish', () => page.click('#vanish'))
  expect(end).toMatchObject({ status: 'ok', morph: 'page' })
  await expect(page.locator('#vanish')).toHaveCount(0)
  await worksOn(page)
})

test('8. a listener that cancels, an operation that fails', async ({ page, server }) => {
  await open(page, server)
  await page.evaluate(() =>
    document.addEventListener('reflex:before', (event) => event.preventDefault(), { once: true }),
  )
  expect(await reflex(page, 'hang#count', () => page.click('#plus'))).toMatchObject({ status: 'halted' })
  await expect(page.locator('#count')).toHaveText('0')
  const { status } = await reflex(page, 'hang#elsewhere', () => ask(page, 'hang#elsewhere'))
  expect(status).toBe('ok')
  await expect(page).toHaveTitle('done')
  await worksOn(page)
})

test('9. a session store that fails, and one that does not answer', async ({ page, server }) => {
  await open(page, server)
  server.store = 'failing'
  expect(await ask(page, 'hang#count')).toBe('error')
  server.store = 'hanging'
  expect(await ask(page, 'hang#count')).toBe('timeout')
  server.store = 'well'
  await worksOn(page)
})

test('10. an answer reaches the tab that asked, and no other', async ({ page, context, server }) => {
  await open(page, server)
  const other = await context.newPage()
  const frames: string[] = []
  other.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))))
  await open(other, server)
  await page.click('#plus')
  await settled(page)
  await expect(other.locator('#count')).toHaveText('0')
  await other.click('#plus')
  await settled(other)
  await expect(other.locator('#count')).toHaveText('2')
  const answers = frames.map((frame) => JSON.parse(frame)).filter(({ message }) => Array.isArray(message))
  expect(
    answers.map(({ message }) => message[0]),
    'its own request and no more',
  ).toEqual([1])
})

async function open(page: Page, { url }: HangServer): Promise<void> {
  await page.goto(url)
  await connected(page)
}

/** What the action returned, or the status of the refusal. */
function ask(page: Page, target: string, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(([target, args]) => Patella.stimulate(target, ...args).catch((error) => error.status), [
    target,
    args,
  ] as const)
}

async function worksOn(page: Page): Promise<void> {
  expect(await reflex(page, 'hang#count', () => page.click('#plus'))).toMatchObject({ status: 'ok', morph: 'page' })
  await settled(page)
  await expect(page.locator('.reflex-loading, [aria-busy]')).toHaveCount(0)
}
