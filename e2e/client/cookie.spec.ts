import { connected, settled } from '../../client/playwright.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

test('without a cookie the tab asks for one and reconnects before it sends', async ({ page, cable, open }) => {
  cable.script = { welcome: { cookie: false } }
  const first = await open('<p>')
  const outcome = stimulate(page, 'a#b')
  const { body, answer } = await cable.quiet()
  expect(body).toEqual({})
  await first.closed
  expect(cable.connections).toBe(1)
  cable.script = {}
  answer(204)
  const second = await cable.connection()
  await second.request()
  second.reply(1, [], { r: 1 })
  expect(await outcome).toEqual({ value: 1 })
  expect(first.waiting).toBe(0)
})

test('a browser that keeps no cookies is asked once', async ({ page, cable, open }) => {
  cable.script = { welcome: { cookie: false } }
  await open('<p>')
  const { answer } = await cable.quiet()
  answer(204)
  await connected(page)
  expect(cable.connections).toBe(2)
})

test.describe('a hand-off', () => {
  test('comes first, then the reply is applied, on the way to a new connection', async ({ page, cable, open }) => {
    const first = await open('<p id="a" data-reflex-root>out</p>')
    await connected(page)
    const login = stimulate(page, 'user#login')
    const next = stimulate(page, 'a#b')
    await first.request()
    await first.request()
    first.reply(1, [['a', '<p id="a" data-reflex-root>in</p>']], { h: 'token', r: 'hello' })
    const { body, answer } = await cable.quiet()
    expect(body).toEqual({ t: first.url.searchParams.get('t'), n: 1, h: 'token' })
    await first.closed
    await expect(page.locator('#a')).toHaveText('out')
    expect(cable.connections).toBe(1)
    answer(204)
    expect(await login).toEqual({ value: 'hello' })
    await expect(page.locator('#a')).toHaveText('in')
    const second = await cable.connection()
    expect((await second.request())[0]).toBe(2)
    second.reply(2)
    await next
    await settled(page)
  })

  test('that fails has the request sent again for a fresh token', async ({ page, cable, open }) => {
    const first = await open('<p>')
    await connected(page)
    const login = stimulate(page, 'user#login')
    await first.request()
    first.reply(1, [], { h: 'one' })
    const { answer } = await cable.quiet()
    answer(403)
    const second = await cable.connection()
    expect((await second.request()).slice(0, 2)).toEqual([1, 'user#login'])
    second.reply(1, [], { h: 'two', r: 'in' })
    const again = await cable.quiet()
    expect(again.body.h).toBe('two')
    again.answer(204)
    expect(await login).toEqual({ value: 'in' })
  })

  test('comes before a redirect', async ({ page, cable, open }) => {
    cable.pages.set('/home', '<h1>Home</h1>')
    const first = await open('<a href="#" data-reflex="user#login">in</a>')
    await connected(page)
    await page.getByRole('link').click()
    await first.request()
    first.reply(1, 'redirect', { to: '/home', h: 'token' })
    const { answer } = await cable.quiet()
    expect(new URL(page.url()).pathname).toBe('/')
    answer(204)
    await expect(page).toHaveURL(`${cable.origin}/home`)
  })
})
