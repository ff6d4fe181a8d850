import { connected } from '../../client/playwright.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

test.beforeEach(({ cable }) => {
  cable.dev = true
})

test('each reflex is logged when it sets off and when it has ended, unless switched off', async ({ page, open }) => {
  const said: string[] = []
  page.on('console', (message) => message.type() === 'debug' && said.push(message.text()))
  const connection = await open('<p>')
  await connected(page)
  for (const n of [1, 2]) {
    const outcome = stimulate(page, 'a#b')
    await connection.request()
    connection.reply(n, [], { r: { total: n } })
    await outcome
    await page.evaluate(() => Object.assign((globalThis as unknown as { Patella: object }).Patella, { debug: false }))
  }
  expect(said.map((line) => line.replace(/\d+ ms/, 'n ms'))).toEqual([
    '→ #1 a#b',
    '← #1 a#b ok nothing n ms {total: 1}',
  ])
})

test('latency is simulated, half of it on each way, in order', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open('<p>')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  const latency = (ms?: number) =>
    page.evaluate(
      (ms) => (globalThis as unknown as { Patella: { latency(ms?: number): number } }).Patella.latency(ms),
      ms,
    )
  expect(await latency(400)).toBe(400)
  const outcome = stimulate(page, 'a#b')
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
  await page.clock.runFor(199)
  expect(connection.waiting).toBe(0)
  await page.clock.runFor(1)
  await connection.request()
  connection.reply(1, [], { r: 'slow' })
  await expect(async () => {
    await page.clock.runFor(200)
    await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '0', { timeout: 100 })
  }).toPass()
  expect(await outcome).toEqual({ value: 'slow' })
  await page.reload()
  expect(await latency()).toBe(400)
})

test('an error is shown with action, message and place, until it is closed', async ({ page, open }) => {
  const connection = await open('<main id="m" data-reflex-root>m</main>')
  await connected(page)
  const box = page.getByRole('alert')
  for (const n of [1, 2]) {
    const outcome = stimulate(page, 'cart#add')
    await connection.request()
    connection.reply(n, 'error', { code: 'action_failed', message: 'no such <b>sku</b>', at: 'cart.ts:12:5' })
    await outcome
    await expect(box).toContainText('cart#add · action_failed')
    await expect(box).toContainText('no such <b>sku</b>')
    await expect(box).toContainText('cart.ts:12:5')
    if (n === 1) await page.keyboard.press('Escape')
    else await box.click()
    await expect(box).toHaveCount(0)
  }
})

test('what an application foresees is not shown as an error', async ({ page, open }) => {
  const connection = await open('<p>')
  await connected(page)
  const outcome = stimulate(page, 'cart#add')
  await connection.request()
  connection.reply(1, 'invalid', { code: 'form_invalid', issues: { sku: ['is missing'] } })
  await outcome
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('markup that cannot mean what it says is told of once', async ({ page, open }) => {
  const said: string[] = []
  page.on('console', (message) => message.type() === 'warning' && said.push(message.text()))
  const connection = await open(`
    <b data-reflex="click->counter:increment">b</b><main data-reflex-root></main><i id="x"></i><i id="x"></i>`)
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(1)
  await outcome
  expect(said).toEqual([
    expect.stringContaining('"click->counter:increment" is not a descriptor'),
    expect.stringContaining('data-reflex-root means nothing'),
    expect.stringContaining('the id "x" is there twice'),
  ])
  await expect(page.locator('i').nth(1)).toHaveCSS('outline-style', 'dashed')
})

test('what a patch meets that it should not is told of once, with an outline', async ({ page, open }) => {
  const said: string[] = []
  page.on('console', (message) => message.type() === 'warning' && said.push(message.text()))
  const list = (...items: string[]) =>
    `<main id="m" data-reflex-root><ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`
  const connection = await open(`${list('a', 'b', 'c', 'd', 'e', 'f')}<b id="p" data-reflex-permanent>p</b></main>`)
  await connected(page)
  for (const [index, items] of [
    ['0', 'a1', 'b1', 'c1', 'd1', 'e1', 'f1'],
    ['a2', 'b2', 'c2', 'd2', 'e2', 'f2'],
  ].entries()) {
    const outcome = stimulate(page, 'a#b')
    await connection.request()
    connection.reply(index + 1, [['m', `${list(...items)}</main>`]])
    expect(await outcome).toEqual({ value: undefined })
  }
  await expect(page.locator('ul')).toHaveCSS('outline-style', 'dashed')
  await expect(page.locator('#p')).toHaveCSS('outline-style', 'dashed')
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(3, [['other', '<b id="other"></b>']])
  expect(await outcome).toMatchObject({ code: 'root_missing' })
  await expect(page.locator('#m')).toHaveCSS('outline-style', 'dashed')
  expect(said).toEqual([
    expect.stringContaining('<b id="p"> is data-reflex-permanent and stays'),
    expect.stringContaining('6 children of <ul> could be told apart by their order alone. Give each an id'),
    expect.stringContaining('<main id="m"> is a root here, and the server\'s page has other roots'),
  ])
})

test('another process has the page rendered again', async ({ page, cable, open }) => {
  cable.script = { welcome: { boot: 'a' } }
  const first = await open('<p id="a" data-reflex-root>old</p>')
  await connected(page)
  first.socket.terminate()
  const second = await cable.connection()
  await connected(page)
  cable.script = { welcome: { boot: 'b' } }
  second.socket.terminate()
  const third = await cable.connection()
  expect(await third.request()).toEqual([1, '', 0, [], { u: '/' }])
  third.reply(1, [['a', '<p id="a" data-reflex-root>new</p>']])
  await expect(page.locator('#a')).toHaveText('new')
  expect(second.waiting).toBe(0)
})
