import { connected, reflex, settled } from '../../client/playwright.ts'
import type { WireReply } from '../../protocol/messages.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

const counter = '<main id="main" data-reflex-root><button data-reflex="counter#increment" data-by="2">0</button></main>'

test('a click is sent, its reply applied, its events dispatched in order', async ({ page, open, stages }) => {
  const connection = await open(counter)
  await connected(page)
  const button = page.getByRole('button')
  const ended = reflex(page, 'counter#increment', () => button.click())
  expect(await connection.request()).toEqual([1, 'counter#increment', { d: { by: '2' } }, [], { u: '/' }])
  await expect(button).toHaveAttribute('aria-busy', 'true')
  await expect(button).toHaveClass('reflex-loading')
  connection.reply(1, [['main', counter.replace('>0<', '>2<')]], { t: 'Two', r: 2 })
  expect(await ended).toEqual({ reflex: 'counter#increment', id: 1, status: 'ok', result: 2, morph: 'page' })
  await settled(page)
  await expect(button).toHaveText('2')
  await expect(button).not.toHaveAttribute('aria-busy')
  await expect(button).not.toHaveAttribute('class')
  await expect(page).toHaveTitle('Two')
  expect(await stages()).toEqual(['before#1', 'delivered#1', 'success#1 ok', 'after#1 ok', 'finalize#1 ok'])
})

const endings: [reply: WireReply, stage: string, promise: unknown][] = [
  [[1], 'success', { value: undefined }],
  [[1, [], { r: { total: 3 } }], 'success', { value: { total: 3 } }],
  [[1, 'halted', { r: 'why' }], 'halted', { value: 'why' }],
  [[1, 'forbidden'], 'forbidden', { status: 'forbidden', code: 'forbidden' }],
  [
    [1, 'error', { code: 'action_failed', id: '9f2c' }],
    'error',
    { status: 'error', code: 'action_failed', id: '9f2c' },
  ],
  [
    [1, 'invalid', { code: 'form_invalid', issues: { email: ['is taken'] } }],
    'error',
    { status: 'invalid', code: 'form_invalid', issues: { email: ['is taken'] } },
  ],
  [[1, 'unknown', { code: 'action_unknown' }], 'error', { status: 'unknown', code: 'action_unknown' }],
  [[1, 'conflict'], 'error', { status: 'conflict' }],
]
for (const [reply, stage, promise] of endings) {
  test(`${reply[1] ?? 'ok'} ends in ${stage}, and the promise follows`, async ({ page, open, stages }) => {
    const connection = await open('<p>')
    await connected(page)
    const settledWith = stimulate(page, 'a#b', 1, { two: 2 })
    expect(await connection.request()).toEqual([1, 'a#b', 0, [1, { two: 2 }], { u: '/' }])
    connection.reply(...reply)
    expect(await settledWith).toMatchObject(promise as Record<string, unknown>)
    const status = reply[1] === undefined || Array.isArray(reply[1]) ? 'ok' : reply[1]
    const end = [`${stage}#1 ${status}`, `after#1 ${status}`, `finalize#1 ${status}`]
    expect(await stages()).toEqual(['before#1', 'delivered#1', ...end])
  })
}

test('a request made before the connection stands is queued, then sent', async ({ page, cable, open, stages }) => {
  cable.script = { confirm: false }
  const connection = await open(counter)
  await page.getByRole('button').click()
  await expect(page.locator('html')).toHaveAttribute('data-patella-state', 'connecting')
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
  expect(await stages()).toEqual(['before#1', 'queued#1'])
  connection.frame({ type: 'confirm_subscription', identifier: '{"channel":"P"}' })
  expect((await connection.request())[0]).toBe(1)
  connection.reply(1)
  await settled(page)
  expect((await stages()).slice(1, 4)).toEqual(['queued#1', 'delivered#1', 'success#1 ok'])
})

test('a listener stops a reflex before it is sent', async ({ page, open, stages }) => {
  const connection = await open(counter)
  await connected(page)
  await page.evaluate(() =>
    document.addEventListener('reflex:before', (event) => event.preventDefault(), { once: true }),
  )
  await page.getByRole('button').click()
  expect(await stages()).toEqual(['before#1', 'halted#1 halted', 'after#1 halted', 'finalize#1 halted'])
  await page.getByRole('button').click()
  expect((await connection.request())[0]).toBe(1)
})

test('what JSON cannot hold rejects, and nothing is sent', async ({ page, open, stages }) => {
  await open('<p>')
  const outcome = await page.evaluate(() => {
    const { Patella } = globalThis as unknown as { Patella: { stimulate(...call: unknown[]): Promise<unknown> } }
    return Patella.stimulate('a#b', 1n).catch((error: Error) => error.name)
  })
  expect(outcome).toBe('TypeError')
  expect(await stages()).toEqual([])
})

test('the 33rd request that waits is refused at once', async ({ page, cable, open }) => {
  cable.script = { confirm: false }
  await open('<p>')
  const last = await page.evaluate(async () => {
    const { Patella } = globalThis as unknown as { Patella: { stimulate(...call: unknown[]): Promise<unknown> } }
    for (let n = 1; n <= 32; n++) Patella.stimulate('a#b')
    return Patella.stimulate('a#b').catch(({ status, code }) => `${status} ${code}`)
  })
  expect(last).toBe('rate_limited flood')
})

test('a request too large for a frame is refused without sending it', async ({ page, open }) => {
  const connection = await open('<p>')
  await connected(page)
  // 22,000 characters of 3 bytes each.
  expect(await stimulate(page, 'a#b', '€'.repeat(22_000))).toMatchObject({
    status: 'invalid',
    code: 'frame_too_large',
  })
  expect(connection.waiting).toBe(0)
})

test('an unanswered request ends after 60 s, progress begins them anew', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  for (let waited = 0; waited < 90_000; waited += 3_000) {
    await page.clock.runFor(3_000)
    connection.reply(1, 'accepted')
    await connection.ping()
  }
  expect(await page.locator('html').getAttribute('data-patella-pending')).toBe('1')
  connection.socket.pause()
  await page.clock.runFor(61_000)
  expect(await outcome).toMatchObject({ status: 'timeout', code: 'action_timeout' })
})

test('time asleep does not count', async ({ page, cable, open }) => {
  await page.clock.install()
  const connection = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  // As after sleep: the timers that are due fire once.
  await page.clock.fastForward('10:00')
  const next = await cable.connection()
  expect((await next.request())[0]).toBe(1)
  next.reply(1, [], { r: 'rested' })
  expect(await outcome).toEqual({ value: 'rested' })
})

test('a redirect is followed within the origin', async ({ page, cable, open }) => {
  cable.pages.set('/next', '<h1>Next</h1>')
  const connection = await open('<a href="/x" data-reflex="nav#go">go</a>')
  await connected(page)
  await page.getByRole('link').click()
  await connection.request()
  connection.reply(1, 'redirect', { to: '/next?x=1' })
  await expect(page).toHaveURL(`${cable.origin}/next?x=1`)
})

test('a redirect is followed to another origin', async ({ page, cable, open }) => {
  cable.pages.set('/next', '<h1>Next</h1>')
  const elsewhere = `${cable.origin.replace('127.0.0.1', 'localhost')}/next`
  expect(new URL(elsewhere).origin).not.toBe(cable.origin)
  const connection = await open('<a href="/x" data-reflex="nav#go">go</a>')
  await connected(page)
  await page.getByRole('link').click()
  await connection.request()
  connection.reply(1, 'redirect', { to: elsewhere })
  await expect(page).toHaveURL(elsewhere)
})

for (const to of ['javascript:document.title="ran"', 'data:text/html,x', '\tjava\nscript:1']) {
  test(`a redirect to ${JSON.stringify(to)} is refused`, async ({ page, open }) => {
    const connection = await open('<p>')
    await connected(page)
    const outcome = stimulate(page, 'a#b')
    await connection.request()
    connection.reply(1, 'redirect', { to })
    expect(await outcome).toMatchObject({ status: 'error', code: 'redirect_refused' })
    await expect(page).not.toHaveTitle('ran')
  })
}

test('a root that the server rendered no more is an error, unless the morph was narrowed', async ({ page, open }) => {
  const connection = await open(
    '<p id="a" data-reflex-root>1</p><p id="b" data-reflex-root>2</p><button data-reflex="x#y" data-reflex-root="#a">one</button>',
  )
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(1, [['a', '<p id="a" data-reflex-root>new</p>']])
  expect(await outcome).toMatchObject({ status: 'error', code: 'root_missing' })
  await expect(page.locator('#a')).toHaveText('new')
  const ended = reflex(page, 'x#y', () => page.getByRole('button').click())
  await connection.request()
  connection.reply(2, [['a', '<p id="a" data-reflex-root>newer</p>']])
  expect(await ended).toMatchObject({ status: 'ok' })
})

test('a root that the page does not have is an error, the rest of the reply is done', async ({ page, open }) => {
  const connection = await open('<p id="a" data-reflex-root>old</p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(1, [
    ['gone', '<p id="gone">'],
    ['a', '<p id="a" data-reflex-root>new</p>'],
  ])
  expect(await outcome).toMatchObject({ status: 'error', code: 'root_missing' })
  await expect(page.locator('#a')).toHaveText('new')
})

test('a reply for a page that is no longer shown does nothing but settle', async ({ page, open }) => {
  const connection = await open('<p id="a" data-reflex-root>old</p>')
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  await page.evaluate(() => history.pushState(null, '', '/elsewhere'))
  connection.reply(1, [['a', '<p id="a" data-reflex-root>new</p>']], {
    r: 1,
    t: 'New',
    o: [['setTitle', { title: 'New' }]],
  })
  expect(await outcome).toEqual({ value: 1 })
  await expect(page.locator('#a')).toHaveText('old')
  await expect(page).not.toHaveTitle('New')
  const next = stimulate(page, 'a#b')
  expect((await connection.request())[4]).toEqual({ u: '/elsewhere' })
  connection.reply(2)
  await next
})

test('a reply that changes the URL does not strand the requests behind it', async ({ page, open }) => {
  const connection = await open('<p id="a" data-reflex-root>old</p>')
  await connected(page)
  const [first, second] = [stimulate(page, 'search#query', 'a'), stimulate(page, 'search#query', 'ab')]
  await connection.request()
  await connection.request()
  connection.reply(1, [], { o: [['replaceState', { url: '/?q=a' }]] })
  connection.reply(2, [['a', '<p id="a" data-reflex-root>ab</p>']], { o: [['replaceState', { url: '/?q=ab' }]] })
  await Promise.all([first, second])
  await expect(page.locator('#a')).toHaveText('ab')
  await expect(page).toHaveURL(/\?q=ab$/)
})

test('selector morphs and operations are done in order, a failing one stops no other', async ({ page, open }) => {
  const connection = await open('<ul><li>1</li></ul><form><input name="x" value="server"></form><b>b</b>')
  await connected(page)
  const input = page.locator('input')
  await input.fill('typed')
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  await page.evaluate(() => document.addEventListener('app:done', (event) => Object.assign(globalThis, { event })))
  connection.reply(1, [], {
    m: [
      ['ul', '<li>1</li><li>2</li>'],
      ['b', '<b class="on">c</b>'],
      ['#nothing', 'x'],
      ['((', 'x'],
    ],
    o: [
      ['setTitle', { title: 'T' }],
      ['eval' as 'setTitle', { title: 'x' }],
      ['constructor' as 'setTitle', { title: 'x' }],
      ['pushState', { url: 'https://example.com/' }],
      ['setValue', { selector: 'input', value: 'set' }],
      ['resetForm', { selector: 'form' }],
      ['setFocus', { selector: 'input' }],
      ['scrollIntoView', { selector: 'b', block: 'center' }],
      ['dispatchEvent', { name: 'app:done', detail: { x: 1 }, selector: 'b' }],
      ['pushState', { url: '/pushed' }],
      ['replaceState', { url: '/replaced' }],
    ],
  })
  expect(await outcome).toEqual({ value: undefined })
  await expect(page.locator('li')).toHaveText(['1', '2'])
  await expect(page.locator('b')).toHaveClass('on')
  await expect(page).toHaveTitle('T')
  await expect(input).toHaveValue('server')
  await expect(input).toBeFocused()
  await expect(page).toHaveURL(/\/replaced$/)
  const detail = await page.evaluate(() => (globalThis as unknown as { event: CustomEvent }).event.detail)
  expect(detail).toEqual({ x: 1 })
})
