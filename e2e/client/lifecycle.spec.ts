import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

const list = (items: string) => `<ul id="list" data-reflex-root>${items}</ul>`
const item = '<li><button data-reflex="row#delete">x</button></li>'

test('events come from the nearest ancestor left when the patch removed the element', async ({ page, open }) => {
  const connection = await open(list(item))
  await connected(page)
  await page.evaluate(() => {
    const seen: unknown[] = []
    Object.assign(globalThis, { where: seen })
    for (const stage of ['delivered', 'success', 'finalize']) {
      document.addEventListener(`reflex:${stage}`, (event) => {
        const { detail } = event as CustomEvent
        seen.push([stage, (event.target as Element).tagName, detail.element.tagName])
      })
    }
  })
  const ended = reflex(page, 'row#delete', () => page.getByRole('button').click())
  await connection.request()
  connection.reply(1, [['list', list('')]])
  await ended
  expect(await page.evaluate(() => (globalThis as unknown as { where: unknown }).where)).toEqual([
    ['delivered', 'BUTTON', 'BUTTON'],
    ['success', 'UL', 'BUTTON'],
    ['finalize', 'UL', 'BUTTON'],
  ])
})

test('success comes after the page was patched and the marks are gone', async ({ page, open }) => {
  const connection = await open(list(item))
  await connected(page)
  const seen = page.evaluate(
    () =>
      new Promise((resolve) =>
        document.addEventListener('reflex:success', () =>
          resolve([document.querySelectorAll('li').length, document.querySelectorAll('[aria-busy]').length]),
        ),
      ),
  )
  await page.getByRole('button').click()
  await connection.request()
  connection.reply(1, [['list', list(item + item)]])
  expect(await seen).toEqual([2, 0])
})

test('marks outlive a patch that comes meanwhile, and its changes outlive them', async ({ page, open }) => {
  const button = (more: string) => `<button data-reflex="a#slow" ${more}>x</button>`
  const connection = await open(`<main id="m" data-reflex-root>${button('class="big"')}</main>`)
  await connected(page)
  await page.getByRole('button').click()
  await page.getByRole('button').click()
  const other = stimulate(page, 'a#other')
  for (let n = 1; n <= 3; n++) await connection.request()
  connection.reply(1, [['m', `<main id="m" data-reflex-root>${button('class="small" aria-busy="false"')}</main>`]])
  await connection.ping()
  await expect(page.getByRole('button')).toHaveClass('small reflex-loading')
  await expect(page.getByRole('button')).toHaveAttribute('aria-busy', 'true')
  connection.reply(2)
  connection.reply(3)
  await other
  await expect(page.getByRole('button')).toHaveClass('small')
  await expect(page.getByRole('button')).toHaveAttribute('aria-busy', 'false')
})

test('data-reflex-disable-with disables and says so, and gives text and focus back', async ({ page, open }) => {
  const form = (text: string) => `<form id="f" data-reflex-root data-reflex="submit->a#save"><input name="x">
    <button name="do" value="save" data-reflex-disable-with="Saving…">${text}</button></form>`
  const connection = await open(form('<b>Save</b>'))
  await connected(page)
  const button = page.getByRole('button')
  await button.focus()
  await page.keyboard.press('Enter')
  expect((await connection.request())[4]?.f).toBe('x=&do=save')
  await expect(button).toBeDisabled()
  await expect(button).toHaveText('Saving…')
  connection.reply(1, [['f', form('<b>Save again</b>')]])
  await settled(page)
  await expect(button).toBeEnabled()
  await expect(button.locator('b')).toHaveText('Save again')
  await expect(button).toBeFocused()
})

test('data-reflex-disable-with takes input buttons and buttons with a reflex of their own', async ({ page, open }) => {
  const connection = await open(`
    <form data-reflex="submit->a#save"><input type="submit" value="Send" data-reflex-disable-with="Sending"></form>
    <button data-reflex="a#b" data-reflex-disable-with>Plain</button>`)
  await connected(page)
  const [send, plain] = [page.locator('input'), page.locator('button')]
  await send.click()
  await plain.click()
  await expect(send).toBeDisabled()
  await expect(send).toHaveValue('Sending')
  await expect(plain).toBeDisabled()
  await expect(plain).toHaveText('Plain')
  for (const _ of [1, 2]) connection.reply((await connection.request())[0])
  await expect(send).toHaveValue('Send')
  await expect(send).toBeEnabled()
  await expect(plain).toBeEnabled()
})

test('data-reflex-confirm asks first', async ({ page, open, stages }) => {
  const connection = await open('<button data-reflex="a#b" data-reflex-confirm="Really?">x</button>')
  await connected(page)
  const messages: string[] = []
  let answer = false
  page.on('dialog', (dialog) => {
    messages.push(dialog.message())
    return answer ? dialog.accept() : dialog.dismiss()
  })
  await page.getByRole('button').click()
  expect(await stages()).toEqual([])
  answer = true
  await page.getByRole('button').click()
  expect((await connection.request())[0]).toBe(1)
  expect(messages).toEqual(['Really?', 'Really?'])
})

test('Patella.confirm may be any dialog', async ({ page, open }) => {
  const connection = await open(`<form data-reflex="submit->a#b"><button data-reflex-confirm="Sure?">x</button></form>`)
  await connected(page)
  await page.evaluate(() => {
    const { Patella } = globalThis as unknown as { Patella: { confirm(message: string): Promise<boolean> } }
    Patella.confirm = async (message) => message === 'Sure?'
  })
  await page.getByRole('button').click()
  expect((await connection.request())[1]).toBe('a#b')
})

test('a delegated reflex that fails leaves no unhandled rejection', async ({ page, open, stages }) => {
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  const connection = await open('<button data-reflex="a#b">x</button>')
  await connected(page)
  await page.getByRole('button').click()
  await connection.request()
  connection.reply(1, 'error', { code: 'action_failed' })
  await connection.ping()
  expect(await stages()).toContain('error#1 error')
  expect(errors).toEqual([])
})

test('settled() waits for debounced events and all that follow', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open('<input data-reflex="input->a#query:debounce(300)">')
  await connected(page)
  await page.locator('input').pressSequentially('x')
  const done = page.evaluate(async () => {
    document.addEventListener('reflex:finalize', () => Patella.stimulate('a#after'), { once: true })
    const { Patella } = globalThis as unknown as {
      Patella: { settled(): Promise<void>; stimulate(target: string): Promise<void> }
    }
    await Patella.settled()
    return document.documentElement.dataset.patellaPending
  })
  await page.clock.runFor(300)
  for (const target of ['a#query', 'a#after']) {
    const [n, name] = await connection.request()
    expect(name).toBe(target)
    connection.reply(n)
  }
  expect(await done).toBe('0')
})

test('a link with data-reflex-disable-with is dead to clicks while it runs', async ({ page, open }) => {
  const connection = await open('<a href="/x" data-reflex="a#b" data-reflex-disable-with="">go</a>')
  await connected(page)
  for (let i = 0; i < 3; i++) await page.getByRole('link').click()
  await connection.request()
  connection.reply(1, [])
  await settled(page)
  await page.getByRole('link').click()
  expect((await connection.request())[0]).toBe(2)
})

test('a submit input without a value gets its own text back', async ({ page, open }) => {
  const connection = await open('<form data-reflex="a#b"><input type="submit" data-reflex-disable-with="Wait"></form>')
  await connected(page)
  const button = page.locator('input')
  await button.click()
  await connection.request()
  await expect(button).toHaveAttribute('value', 'Wait')
  connection.reply(1, [])
  await settled(page)
  await expect(button).not.toHaveAttribute('value')
})

test('a question that is open is something that waits', async ({ page, open }) => {
  const connection = await open('<button data-reflex="a#b" data-reflex-confirm="Sure?">x</button>')
  await connected(page)
  await page.evaluate(() => {
    const answered = new Promise<boolean>((resolve) => Object.assign(window, { answer: resolve }))
    Object.assign(Patella, { confirm: () => answered })
  })
  await page.getByRole('button').click()
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
  await page.evaluate(() => (window as unknown as { answer(yes: boolean): void }).answer(true))
  await connection.request()
  connection.reply(1, [])
  await settled(page)
})
