import { connected } from '../../client/playwright.ts'
import type { Connection } from '../support/scripted-cable.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

test('the innermost element that wants the event has it, one that wants another does not swallow it', async ({
  page,
  open,
}) => {
  const connection = await open(`
    <div data-reflex="click->outer#click">
      <p data-reflex="change->inner#change"><b>b</b></p>
      <p data-reflex="click->inner#click"><i>i</i></p>
    </div>`)
  await connected(page)
  expect(await targets(connection, () => page.locator('b').click())).toEqual(['outer#click'])
  expect(await targets(connection, () => page.locator('i').click())).toEqual(['inner#click'])
})

test('several descriptors go by event, those for the same event run in order', async ({ page, open }) => {
  const connection = await open('<button data-reflex="click->a#1 keydown.k->a#2 click->a#3">x</button>')
  await connected(page)
  expect(await targets(connection, () => page.getByRole('button').click())).toEqual(['a#1', 'a#3'])
  expect(await targets(connection, () => page.keyboard.press('k'))).toEqual(['a#2'])
})

test('a bare event renders the page again', async ({ page, open }) => {
  const connection = await open('<select data-reflex="change"><option>a<option>b</select>')
  await connected(page)
  expect(await targets(connection, () => page.getByRole('combobox').selectOption('b'))).toEqual([''])
})

test('without an event the element has its own', async ({ page, open }) => {
  const connection = await open(`
    <input data-reflex="a#input"><textarea data-reflex="a#area"></textarea>
    <input type="checkbox" data-reflex="a#box"><button data-reflex="a#button">x</button>`)
  await connected(page)
  expect(await targets(connection, () => page.locator('input').first().pressSequentially('x'))).toEqual(['a#input'])
  expect(await targets(connection, () => page.locator('textarea').pressSequentially('x'))).toEqual(['a#area'])
  expect(await targets(connection, () => page.getByRole('checkbox').check())).toEqual(['a#box'])
  expect(await targets(connection, () => page.getByRole('button').click())).toEqual(['a#button'])
  await expect(page.getByRole('checkbox')).toBeChecked()
})

test('an element that a patch or a script has just brought works at once', async ({ page, open }) => {
  const connection = await open('<div id="a" data-reflex-root></div>')
  await connected(page)
  const patched = '<div id="a" data-reflex-root><b data-reflex="app:ping->a#patched">b</b></div>'
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(1, [['a', patched]], { o: [['dispatchEvent', { name: 'app:ping', selector: 'b' }]] })
  await outcome
  expect((await connection.request())[1]).toBe('a#patched')
  await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<i data-reflex="app:pong->a#inserted">i</i>')
  })
  await page.evaluate(() => document.querySelector('i')?.dispatchEvent(new CustomEvent('app:pong', { bubbles: true })))
  expect((await connection.request())[1]).toBe('a#inserted')
})

test('events that do not bubble concern their target', async ({ page, open }) => {
  const connection = await open(`
    <div data-reflex="focus->a#outer mouseenter->a#enter app:quiet->a#quiet"><input data-reflex="focus->a#inner"></div>
    <details data-reflex="a#toggled"><summary>s</summary></details>`)
  await connected(page)
  expect(await targets(connection, () => page.locator('input').focus())).toEqual(['a#inner'])
  expect(await targets(connection, () => page.locator('div').hover({ position: { x: 2, y: 2 } }))).toEqual(['a#enter'])
  const quiet = () => page.evaluate(() => document.querySelector('div')?.dispatchEvent(new Event('app:quiet')))
  expect(await targets(connection, quiet)).toEqual(['a#quiet'])
  expect(await targets(connection, () => page.locator('summary').click(), 1)).toEqual(['a#toggled'])
})

test('@window and @document listen there, for every element that says so', async ({ page, open }) => {
  const connection = await open(`
    <p data-reflex="app:global@window->a#1">1</p><p data-reflex="keydown.ctrl+k@document->a#2:prevent">2</p>
    <p data-reflex="app:global@window->a#3">3</p><input>`)
  await connected(page)
  const global = () => page.evaluate(() => dispatchEvent(new Event('app:global')))
  expect(await targets(connection, global)).toEqual(['a#1', 'a#3'])
  await page.locator('input').focus()
  expect(await targets(connection, () => page.keyboard.press('Control+k'))).toEqual(['a#2'])
  expect(await targets(connection, () => page.keyboard.press('k'))).toEqual([])
})

test('keys are filtered by name and modifiers', async ({ page, open }) => {
  const connection = await open(
    '<input data-reflex="keydown.enter->a#enter keydown.shift+enter->a#shift keydown.esc->a#esc">',
  )
  await connected(page)
  const input = page.locator('input')
  await input.focus()
  expect(await targets(connection, () => input.press('Enter'))).toEqual(['a#enter'])
  expect(await targets(connection, () => input.press('Shift+Enter'))).toEqual(['a#shift'])
  expect(await targets(connection, () => input.press('Escape'))).toEqual(['a#esc'])
  expect(await targets(connection, () => input.press('x'))).toEqual([])
  await expect(input).toHaveValue('x')
})

test('once is once for the element', async ({ page, open }) => {
  const connection = await open('<button data-reflex="click->a#once:once click->a#often">x</button>')
  await connected(page)
  expect(await targets(connection, () => page.getByRole('button').click())).toEqual(['a#once', 'a#often'])
  expect(await targets(connection, () => page.getByRole('button').click())).toEqual(['a#often'])
})

test('links and submits stay on the page, ticks and typing are let through', async ({ page, cable, open }) => {
  cable.pages.set('/left', 'left')
  const connection = await open(`
    <a href="/left" data-reflex="click->a#link">link</a>
    <form action="/left" data-reflex="submit->a#form"><button>send</button></form>
    <form action="/left"><button data-reflex="click->a#button">go</button></form>
    <label><input type="radio" data-reflex="click->a#radio">r</label>
    <label><input type="checkbox" data-reflex="click->a#stays:prevent">c</label>`)
  await connected(page)
  expect(await targets(connection, () => page.getByRole('link').click())).toEqual(['a#link'])
  expect(await targets(connection, () => page.getByText('send').click())).toEqual(['a#form'])
  expect(await targets(connection, () => page.getByText('go').click())).toEqual(['a#button'])
  expect(await targets(connection, () => page.getByRole('radio').click())).toEqual(['a#radio'])
  await expect(page.getByRole('radio')).toBeChecked()
  expect(await targets(connection, () => page.getByRole('checkbox').click())).toEqual(['a#stays'])
  await expect(page.getByRole('checkbox')).not.toBeChecked()
  await expect(page).toHaveURL(`${cable.origin}/`)
})

test('a link opened elsewhere is left to the browser', async ({ page, cable, context, open }) => {
  cable.pages.set('/left', 'left')
  const connection = await open('<a href="/left" data-reflex="click->a#link">link</a>')
  await connected(page)
  for (const options of [{ modifiers: ['ControlOrMeta' as const] }, { button: 'middle' as const }]) {
    const elsewhere = context.waitForEvent('page')
    expect(await targets(connection, () => page.getByRole('link').click(options))).toEqual([])
    await (await elsewhere).close()
  }
})

test(':stop keeps the event from the window', async ({ page, open }) => {
  const connection = await open('<b data-reflex="click->a#b:stop">b</b><i data-reflex="click@window->a#w">i</i>')
  await connected(page)
  expect(await targets(connection, () => page.locator('b').click())).toEqual(['a#b'])
  expect(await targets(connection, () => page.locator('i').click())).toEqual(['a#w'])
})

test('an input method editor makes one input of a composition', async ({ page, open }) => {
  const connection = await open('<input data-reflex="input->a#query keydown.enter->a#enter">')
  await connected(page)
  await page.locator('input').focus()
  const session = await page.context().newCDPSession(page)
  const compose = async () => {
    await session.send('Input.imeSetComposition', { text: 'か', selectionStart: 1, selectionEnd: 1 })
    await session.send('Input.imeSetComposition', { text: 'かん', selectionStart: 2, selectionEnd: 2 })
  }
  expect(await targets(connection, compose)).toEqual([])
  const values: unknown[] = []
  const commit = () => session.send('Input.insertText', { text: '漢' })
  expect(await targets(connection, commit, 1, ({ v }) => values.push(v))).toEqual(['a#query'])
  expect(values).toEqual(['漢'])
})

test('a browser whose last input follows the composition makes one of it as well', async ({ page, open }) => {
  const connection = await open('<input data-reflex="input->a#query">')
  await connected(page)
  const asFirefox = () =>
    page.locator('input').evaluate((input) => {
      input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, isComposing: true }))
      input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, composed: true }))
      input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }))
    })
  expect(await targets(connection, asFirefox, 1)).toEqual(['a#query'])
})

test('a number that cannot be one is held back', async ({ page, open }) => {
  const connection = await open('<input type="number" data-reflex="input->a#n">')
  await connected(page)
  const input = page.locator('input')
  expect(await targets(connection, () => input.pressSequentially('-'))).toEqual([])
  expect(await targets(connection, () => input.pressSequentially('1'))).toEqual(['a#n'])
})

test('debounce waits for rest, is pending meanwhile, and blur does not wait', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open('<input data-reflex="input->a#query:debounce(300)"><button>b</button>')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  const input = page.locator('input')
  await input.pressSequentially('abc')
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
  expect(connection.waiting).toBe(0)
  await page.clock.runFor(300)
  expect((await connection.request())[2]).toEqual({ v: 'abc' })
  connection.reply(1)
  await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '0')
  await input.pressSequentially('d')
  await page.getByRole('button').focus()
  expect((await connection.request())[2]).toEqual({ v: 'abcd' })
})

test('what is debounced goes before the submit of its form, and before the page is left', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open(`
    <form data-reflex="submit->a#save"><input name="q" data-reflex="input->a#query:debounce(300)"></form>`)
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  const input = page.locator('input')
  await input.pressSequentially('x')
  expect(await targets(connection, () => input.press('Enter'), 2)).toEqual(['a#query', 'a#save'])
  await input.pressSequentially('y')
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
  expect((await connection.request())[1]).toBe('a#query')
})

test('throttle runs the first at once and the last at the end of its time', async ({ page, open }) => {
  await page.clock.install()
  const connection = await open('<input data-reflex="input->a#query:throttle(500)">')
  await connected(page)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000))
  await page.locator('input').pressSequentially('abc')
  expect((await connection.request())[2]).toEqual({ v: 'a' })
  expect(connection.waiting).toBe(0)
  await page.clock.runFor(500)
  expect((await connection.request())[2]).toEqual({ v: 'abc' })
})

/**
 * What an action of the user sends. Answers each request, and waits for `count` of them; by default for a round trip after the
 * action, in which all that it set off has been sent.
 */
async function targets(
  connection: Connection,
  action: () => Promise<unknown>,
  count?: number,
  see?: (element: Record<string, unknown>) => void,
): Promise<string[]> {
  await action()
  if (count === undefined) await connection.ping()
  const found: string[] = []
  while (count === undefined ? connection.waiting : found.length < count) {
    const [n, target, element] = await connection.request()
    see?.(element as Record<string, unknown>)
    connection.reply(n)
    found.push(target)
  }
  return found
}
