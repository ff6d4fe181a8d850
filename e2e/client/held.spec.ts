import type { Page } from '@playwright/test'
import { connected } from '../../client/playwright.ts'
import type { Connection } from '../support/scripted-cable.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

/** A root with a form whose field asks the server on each input, and something beside it. */
const root = (step: string, inside = `<p id="hint">${step}</p>`) =>
  `<main id="m" data-reflex-root><h1>${step}</h1>
    <form id="f" data-reflex="submit->a#save input->a#check"><input name="q" value="">${inside}<button>ok</button></form>
    <input id="o" form="f" name="o" value="${step}"></main>`

/** An action without an element, whose reply comes while what the user did next is under way. */
async function another(page: Page, connection: Connection): Promise<void> {
  stimulate(page, 'a#other')
  expect((await connection.request())[1]).toBe('a#other')
}

async function type(page: Page, connection: Connection, text: string): Promise<void> {
  for (const key of text) {
    await page.locator('[name=q]').press(key)
    expect((await connection.request())[1]).toBe('a#check')
  }
}

const reply = async (connection: Connection, n: number, html?: string) => {
  connection.reply(n, html === undefined ? [] : [['m', html]])
  await connection.ping()
}

test('a form with a request under way is not touched by another reply; the newest HTML comes with its answer', async ({
  page,
  open,
}) => {
  const connection = await open(root('0'))
  await connected(page)
  await another(page, connection)
  await another(page, connection)
  await type(page, connection, 'ab')
  await reply(connection, 1, root('1'))
  await reply(connection, 2, root('2'))
  await expect(page.locator('h1')).toHaveText('2')
  await expect(page.locator('#hint')).toHaveText('0')
  await expect(page.locator('#o')).toHaveValue('0')
  // The answer to the first of two: the second is under way.
  await reply(connection, 3, root('3'))
  await expect(page.locator('h1')).toHaveText('3')
  await expect(page.locator('#hint')).toHaveText('0')
  // It changes nothing itself.
  await reply(connection, 4)
  await expect(page.locator('#hint')).toHaveText('3')
  await expect(page.locator('#o')).toHaveValue('3')
  await expect(page.locator('[name=q]')).toHaveValue('ab')
  await expect(page.locator('[name=q]')).toBeFocused()
})

test('its own answer is newer than what waits', async ({ page, open }) => {
  const connection = await open(root('0'))
  await connected(page)
  await another(page, connection)
  await type(page, connection, 'a')
  await reply(connection, 1, root('1'))
  await reply(connection, 2, root('0'))
  await expect(page.locator('h1')).toHaveText('0')
  await expect(page.locator('#hint')).toHaveText('0')
})

test('what waits comes when the request has failed, or was not answered in time', async ({ page, open, cable }) => {
  await page.clock.install()
  const connection = await open(root('0'))
  await connected(page)
  await another(page, connection)
  await type(page, connection, 'a')
  await reply(connection, 1, root('1'))
  connection.reply(2, 'error', { code: 'action_failed' })
  await expect(page.locator('#hint')).toHaveText('1')
  await another(page, connection)
  await type(page, connection, 'b')
  await reply(connection, 3, root('2'))
  await expect(page.locator('#hint')).toHaveText('1')
  const again = cable.connection()
  await page.clock.fastForward(70_000)
  for (let second = 0; second < 40; second++) await page.clock.runFor(2_000)
  await again
  await expect(page.locator('#hint')).toHaveText('2')
})

test('submitting holds the form as well, and what is removed meanwhile waits', async ({ page, open }) => {
  const connection = await open(root('0'))
  await connected(page)
  await another(page, connection)
  await page.locator('[name=q]').press('Enter')
  expect((await connection.request())[1]).toBe('a#save')
  await reply(connection, 1, '<main id="m" data-reflex-root><h1>gone</h1></main>')
  await expect(page.locator('h1')).toHaveText('gone')
  await expect(page.locator('#f')).toHaveCount(1)
  await reply(connection, 2)
  await expect(page.locator('#f')).toHaveCount(0)
})

test('a field in no form is held, and what data-reflex-root names; a selector morph in it waits', async ({
  page,
  open,
}) => {
  const html = (step: string) =>
    `<main id="m" data-reflex-root><h1>${step}</h1><input id="i" class="${step}" data-reflex="a#check" data-reflex-root="#list">
      <ul id="list"><li>${step}</li></ul></main>`
  const connection = await open(html('s0'))
  await connected(page)
  await another(page, connection)
  await page.locator('#i').press('x')
  await connection.request()
  connection.reply(1, [['m', html('s1')]], { m: [['#list li', '<li>selector</li>']] })
  await connection.ping()
  await expect(page.locator('h1')).toHaveText('s1')
  await expect(page.locator('#i')).toHaveClass('s0 reflex-loading')
  await expect(page.locator('li')).toHaveText('s0')
  connection.reply(2, [['list', '<ul id="list"><li>found</li></ul>']])
  await expect(page.locator('li')).toHaveText('found')
  await expect(page.locator('#i')).toHaveClass('s1')
})

test('a reply to a request that was made before does not replace what was typed since, although the field was left', async ({
  page,
  open,
}) => {
  const html = (value: string, checked = '') =>
    `<main id="m" data-reflex-root><input id="i" value="${value}"><input id="c" type="checkbox" ${checked}></main>`
  const connection = await open(html(''))
  await connected(page)
  await page.locator('#i').fill('app')
  await another(page, connection)
  await page.locator('#i').fill('apple')
  await page.locator('#c').check()
  await page.locator('#c').uncheck()
  await another(page, connection)
  await reply(connection, 1, html('app', 'checked'))
  await expect(page.locator('#i')).toHaveValue('apple')
  await expect(page.locator('#c')).not.toBeChecked()
  await reply(connection, 2, html('APPLE', ''))
  await expect(page.locator('#i')).toHaveValue('APPLE')
})
