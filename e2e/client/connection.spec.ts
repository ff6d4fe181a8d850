import { connected } from '../../client/playwright.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

const confirmation = { type: 'confirm_subscription', identifier: '{"channel":"P"}' }
const rejection = { type: 'reject_subscription', identifier: '{"channel":"P"}' }

test('the connection names protocol version and tab, and offers the extended protocol alone', async ({
  page,
  open,
}) => {
  const { url, socket } = await open('<p>')
  await connected(page)
  expect(url.searchParams.get('v')).toBe('1')
  expect(url.searchParams.get('t')).toMatch(/^[\w-]{22}$/)
  expect(socket.protocol).toBe('actioncable-v1-ext-json')
})

test('the page shows how the connection is', async ({ page, cable, open }) => {
  await page.addInitScript(() => {
    const states: string[] = []
    Object.assign(globalThis, { states })
    for (const type of ['patella:connected', 'patella:disconnected']) {
      document.addEventListener(type, () => states.push(type))
    }
  })
  const first = await open('<p>')
  const html = page.locator('html')
  await expect(html).toHaveClass('patella-connected')
  await expect(html).toHaveAttribute('data-patella-state', 'connected')
  await expect(html).toHaveAttribute('data-patella-pending', '0')
  cable.script = { confirm: false }
  first.socket.terminate()
  const second = await cable.connection()
  await expect(html).toHaveClass('patella-disconnected')
  await expect(html).toHaveAttribute('data-patella-state', 'connecting')
  second.frame(confirmation)
  await expect(html).toHaveClass('patella-connected')
  expect(await page.evaluate(() => (globalThis as unknown as { states: string[] }).states)).toEqual([
    'patella:connected',
    'patella:disconnected',
    'patella:connected',
  ])
})

test('what was not answered is sent again after a cut, by the same tab, and counts once', async ({
  page,
  cable,
  open,
}) => {
  const first = await open('<p>')
  await connected(page)
  const outcomes = [stimulate(page, 'a#1'), stimulate(page, 'a#2'), stimulate(page, 'a#3')]
  for (let n = 1; n <= 3; n++) await first.request()
  first.reply(1, [], { r: 1 })
  await outcomes[0]
  first.socket.terminate()
  const second = await cable.connection()
  expect(second.url.searchParams.get('t')).toBe(first.url.searchParams.get('t'))
  expect(await second.request()).toEqual([2, 'a#2', 0, [], { u: '/' }])
  expect(await second.request()).toEqual([3, 'a#3', 0, [], { l: 2 }])
  second.reply(2, [], { r: 2 })
  second.reply(3, [], { r: 3 })
  expect(await Promise.all(outcomes)).toEqual([{ value: 1 }, { value: 2 }, { value: 3 }])
})

test('the first try comes within 250 ms of the cut', async ({ page, cable, open }) => {
  await page.clock.install()
  const first = await open('<p>')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  first.socket.terminate()
  await expect(page.locator('html')).toHaveAttribute('data-patella-state', 'disconnected')
  expect(cable.connections).toBe(1)
  await page.clock.runFor(250)
  await cable.connection()
})

for (const missing of ['welcome', 'confirmation'] as const) {
  test(`a connection without ${missing} is given up after 5 s`, async ({ page, cable, open }) => {
    await page.clock.install()
    cable.script = missing === 'welcome' ? { welcome: false } : { confirm: false }
    const first = await open('<p>')
    await expect(page.locator('html')).toHaveAttribute('data-patella-state', 'connecting')
    cable.script = {}
    await page.clock.runFor(6_500)
    await first.closed
    await connected(page)
  })
}

test('pings do not stand for a confirmation', async ({ page, cable, open }) => {
  await page.clock.install()
  cable.script = { confirm: false }
  const first = await open('<p>')
  cable.script = {}
  for (let second = 0; second < 6; second++) {
    await page.clock.runFor(1_000)
    first.frame({ type: 'ping', message: 1 })
  }
  await page.clock.runFor(1_000)
  await first.closed
  await connected(page)
})

test('9 s of silence mean a new connection, a ping is answered and is none', async ({ page, cable, open }) => {
  await page.clock.install()
  const first = await open('<p>')
  await connected(page)
  for (let waited = 0; waited < 30_000; waited += 5_000) {
    await page.clock.runFor(5_000)
    await first.ping()
  }
  expect(cable.connections).toBe(1)
  await page.clock.runFor(11_000)
  await first.closed
  await connected(page)
  expect(cable.connections).toBe(2)
})

test('a request unanswered for 9 s means a new connection, though pings come', async ({ page, cable, open }) => {
  await page.clock.install()
  const first = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await first.request()
  for (let second = 0; second < 5; second++) {
    await page.clock.runFor(2_000)
    first.frame({ type: 'ping', message: 1 })
  }
  const next = await cable.connection()
  await next.request()
  next.reply(1, [], { r: 'at last' })
  expect(await outcome).toEqual({ value: 'at last' })
})

test('it comes back at once when the network does', async ({ page, cable, open }) => {
  await page.clock.install()
  const first = await open('<p>')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  first.socket.terminate()
  // Only a timer would bring it back, and they stand still.
  await expect(page.locator('html')).toHaveAttribute('data-patella-state', 'disconnected')
  await page.evaluate(() => dispatchEvent(new Event('online')))
  await connected(page)
  expect(cable.connections).toBe(2)
})

test('a stale request is sent again once, on a new connection', async ({ page, cable, open }) => {
  const first = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await first.request()
  first.reply(1, 'stale')
  await first.closed
  const second = await cable.connection()
  await second.request()
  second.reply(1, 'stale', { code: 'stale_request' })
  expect(await outcome).toMatchObject({ status: 'stale', code: 'stale_request' })
  await second.ping()
})

test('a refused subscription settles what waits, and is tried again', async ({ page, cable, open }) => {
  cable.script = { confirm: false }
  const first = await open('<p>')
  const outcome = stimulate(page, 'a#b')
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
  cable.script = {}
  first.frame(rejection)
  expect(await outcome).toMatchObject({ status: 'error', code: 'subscription_rejected' })
  await connected(page)
})

test('a server that wants it never back is believed', async ({ page, cable, open }) => {
  const first = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#1')
  await first.request()
  first.frame({ type: 'disconnect', reason: 'unauthorized', reconnect: false })
  expect(await outcome).toMatchObject({ status: 'unauthorized', code: 'not_authorized' })
  expect(await stimulate(page, 'a#2')).toMatchObject({ status: 'unauthorized' })
  await page.evaluate(() => (globalThis as unknown as { Patella: { settled(): Promise<void> } }).Patella.settled())
  expect(cable.connections).toBe(1)
})

test('a server that goes away for a restart gets the tab back', async ({ page, cable, open }) => {
  const first = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#1')
  await first.request()
  first.frame({ type: 'disconnect', reason: 'server_restart', reconnect: true })
  const second = await cable.connection()
  await second.request()
  second.reply(1)
  await outcome
})

test('after a server’s goodbye tabs come back spread over 250 ms', async ({ page, open }) => {
  await page.addInitScript(() => Object.assign(Math, { random: () => 0.8 }))
  await page.clock.install()
  const first = await open('<p>')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  const html = page.locator('html')
  first.frame({ type: 'disconnect', reason: 'server_restart', reconnect: true })
  await expect(html).toHaveAttribute('data-patella-state', 'disconnected')
  await page.clock.runFor(199)
  await expect(html).toHaveAttribute('data-patella-state', 'disconnected')
  await page.clock.runFor(1)
  await expect(html).not.toHaveAttribute('data-patella-state', 'disconnected')
})

test('a tab whose script is outdated reloads its page once', async ({ page, cable, open }) => {
  // Such a server says nothing else: the tab is not welcome, before the reload and after it.
  cable.script = { welcome: false }
  const first = await open('<p>')
  const reloaded = page.waitForEvent('load')
  first.frame({ type: 'disconnect', reason: 'outdated', reconnect: false })
  await reloaded
  const second = await cable.connection()
  second.frame({ type: 'disconnect', reason: 'outdated', reconnect: false })
  expect(await stimulate(page, 'a#b')).toMatchObject({ status: 'error', code: 'disconnected' })
})

test('disconnect() closes, start() opens, what was asked between waits', async ({ page, cable, open }) => {
  const first = await open('<p>')
  await connected(page)
  await page.evaluate(() => (globalThis as unknown as { Patella: { disconnect(): void } }).Patella.disconnect())
  await first.closed
  const outcome = stimulate(page, 'a#b')
  await page.evaluate(() => (globalThis as unknown as { Patella: { start(): void } }).Patella.start())
  const second = await cable.connection()
  await second.request()
  second.reply(1, [], { r: 1 })
  expect(await outcome).toEqual({ value: 1 })
})

test('loss is announced after 2 s, and the end of it', async ({ page, cable, open }) => {
  await page.clock.install()
  const first = await open('<main id="main" data-reflex-root><p></main>')
  await connected(page)
  const status = page.getByRole('status')
  await expect(status).toHaveCount(0)
  cable.script = { welcome: false }
  first.socket.terminate()
  await expect(status).toBeEmpty()
  await page.clock.runFor(2_000)
  await expect(status).toHaveText('Connection lost. Trying again.')
  cable.script = {}
  await page.clock.runFor(10_000)
  await expect(status).toHaveText('Connected again.')
})

test('the socket closes on pagehide and comes back on pageshow, with what waits', async ({ page, cable, open }) => {
  cable.pages.set('/next', '<p>next</p>')
  const first = await open('<p id="first">')
  await connected(page)
  await page.evaluate(() => Object.assign(globalThis, { mark: 'same document' }))
  const outcome = stimulate(page, 'a#b').catch(() => 'the document was left')
  await first.request()
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await first.closed
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  const second = await cable.connection()
  expect((await second.request())[0]).toBe(1)
  second.reply(1, [], { r: 'back' })
  expect(await outcome).toEqual({ value: 'back' })
})
