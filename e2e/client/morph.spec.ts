import type { Page } from '@playwright/test'
import { connected } from '../../client/playwright.ts'
import type { Connection } from '../support/scripted-cable.ts'
import { expect, stimulate, test } from '../support/scripted-test.ts'

const root = (html: string) => `<main id="m" data-reflex-root>${html}</main>`

test('the same HTML again changes nothing', async ({ page, open }) => {
  const html = root('<p class="x">a</p><select><option>a<option>b</select><input value="1"><textarea>t</textarea>')
  const connection = await open(html)
  await connected(page)
  await page.evaluate(() => {
    const records: MutationRecord[] = []
    Object.assign(globalThis, { records })
    new MutationObserver((all) => records.push(...all)).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    })
  })
  await patch(page, connection, html)
  expect(await page.evaluate(() => (globalThis as unknown as { records: [] }).records.length)).toBe(0)
})

test('typed text, focus and selection stay, what the server changed around them comes', async ({ page, open }) => {
  const connection = await open(root('<input id="i" value="" class="ok"><textarea id="t"></textarea>'))
  await connected(page)
  const [input, area] = [page.locator('input'), page.locator('textarea')]
  await area.fill('draft')
  await input.pressSequentially('apple')
  await input.evaluate((element: HTMLInputElement) => element.setSelectionRange(1, 3))
  await patch(
    page,
    connection,
    root('<p>new</p><input id="i" value="app" class="bad"><p>x</p><textarea id="t"></textarea>'),
  )
  await expect(input).toHaveValue('apple')
  await expect(input).toHaveClass('bad')
  await expect(input).toBeFocused()
  expect(await input.evaluate((element: HTMLInputElement) => [element.selectionStart, element.selectionEnd])).toEqual([
    1, 3,
  ])
  await expect(area).toHaveValue('draft')
  await area.focus()
  await patch(
    page,
    connection,
    root('<input id="i" value="pear" class="bad"><textarea id="t">from the server</textarea>'),
  )
  await expect(input).toHaveValue('pear')
  await expect(area).toHaveValue('draft')
})

test('focus follows an element that was moved or replaced', async ({ page, open }) => {
  const connection = await open(root('<input id="a"><input id="b">'))
  await connected(page)
  await page.locator('#b').focus()
  await patch(page, connection, root('<input id="b"><input id="a">'))
  await expect(page.locator('#b')).toBeFocused()
  await patch(page, connection, root('<textarea id="b"></textarea><input id="a">'))
  await expect(page.locator('#b')).toBeFocused()
})

test('autofocus is honoured for what is new, when nothing has the focus', async ({ page, open }) => {
  const connection = await open(root('<input id="a">'))
  await connected(page)
  await patch(page, connection, root('<input id="a"><input id="b" autofocus>'))
  await expect(page.locator('#b')).toBeFocused()
  await patch(page, connection, root('<input id="a"><input id="b" autofocus><input id="c" autofocus>'))
  await expect(page.locator('#b')).toBeFocused()
})

test('ticks and choices stay until the server changes them', async ({ page, open }) => {
  const html = (checked: string, selected: string, more = '') =>
    root(`<input type="checkbox" ${checked}><select><option value="">-</option><option value="a">A</option>
      <option value="b" ${selected}>B</option>${more}</select>`)
  const connection = await open(html('', ''))
  await connected(page)
  const [box, select] = [page.getByRole('checkbox'), page.getByRole('combobox')]
  await box.check()
  await select.selectOption('a')
  await patch(page, connection, html('', '', '<option value="c">C</option>'))
  await expect(box).toBeChecked()
  await expect(select).toHaveValue('a')
  await box.uncheck()
  await patch(page, connection, html('checked', 'selected'))
  await expect(box).toBeChecked()
  await expect(select).toHaveValue('b')
  await patch(page, connection, root('<input type="checkbox"><select><option value="z">Z</option></select>'))
  await expect(box).not.toBeChecked()
  await expect(select).toHaveValue('z')
})

test('fields without an id keep what was typed when something comes before them', async ({ page, open }) => {
  const fields =
    '<label><input name="a"></label><input type="radio" name="r" value="1"><input type="radio" name="r" value="2">'
  const connection = await open(root(`${fields}<input name="b"><textarea name="c"></textarea>`))
  await connected(page)
  await page.locator('[value="2"]').check()
  for (const name of ['a', 'b', 'c']) await page.locator(`[name=${name}]`).fill(name)
  await patch(
    page,
    connection,
    root(`<p>error</p>${fields}<p>error</p><input name="b"><i>x</i><textarea name="c"></textarea>`),
  )
  for (const name of ['a', 'b', 'c']) await expect(page.locator(`[name=${name}]`)).toHaveValue(name)
  await expect(page.locator('[value="2"]')).toBeChecked()
  await patch(page, connection, root('<input type="radio" name="r" value="2"><textarea name="c"></textarea>'))
  await expect(page.locator('main > *')).toHaveCount(2)
  await expect(page.locator('textarea')).toHaveValue('c')
  await expect(page.locator('[value="2"]')).toBeChecked()
})

test('a chosen file stays', async ({ page, open }) => {
  const connection = await open(root('<input type="file" class="a">'))
  await connected(page)
  const input = page.locator('input')
  await input.setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
  await patch(page, connection, root('<p>p</p><input type="file" class="b" value="x">'))
  await expect(input).toHaveClass('b')
  expect(await input.evaluate((element: HTMLInputElement) => element.files?.length)).toBe(1)
})

test('permanent elements stay as they are, with or without an id, rendered or not', async ({ page, open }) => {
  const permanent = '<div data-reflex-permanent>p</div>'
  const connection = await open(root(`${permanent}<div id="k" data-reflex-permanent>k</div><div>d</div>`))
  await connected(page)
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('[data-reflex-permanent]')) element.innerHTML += '<b>script</b>'
  })
  const kept = page.locator('[data-reflex-permanent]')
  await patch(
    page,
    connection,
    root(`<div>before</div>${permanent}<div>d2</div><div id="k" data-reflex-permanent>new</div>`),
  )
  await expect(kept).toHaveText(['pscript', 'kscript'])
  await expect(page.locator('main > div')).toHaveText(['before', 'pscript', 'd2', 'kscript'])
  await patch(page, connection, root('<div>alone</div>'))
  await expect(kept).toHaveText(['pscript', 'kscript'])
  await expect(page.locator('main > div:not([data-reflex-permanent])')).toHaveText(['alone'])
})

test('a custom element keeps what it made of itself', async ({ page, open }) => {
  const connection = await open(root('<x-chart data-n="1"></x-chart>'))
  await page.evaluate(() => {
    customElements.define(
      'x-chart',
      class extends HTMLElement {
        connectedCallback() {
          this.setAttribute('ready', '')
          if (!this.firstChild) this.append(document.createElement('input'))
        }
      },
    )
  })
  await connected(page)
  await page.locator('x-chart input').fill('drawn')
  await patch(page, connection, root('<p>p</p><input><x-chart data-n="2"></x-chart>'))
  await expect(page.locator('x-chart')).toHaveAttribute('data-n', '2')
  await expect(page.locator('x-chart')).toHaveAttribute('ready', '')
  await expect(page.locator('x-chart input')).toHaveValue('drawn')
  await expect(page.locator('main > input')).toHaveValue('')
})

test('rows, cells, options, templates, svg and odd attributes arrive as they were written', async ({ page, open }) => {
  const row = '<tr id="r" data-reflex-root><td @click="x" x-on:y.z="1">1</td></tr>'
  const svg = (size: number) => `<svg><use xlink:href="#s${size}"></use></svg>`
  const connection = await open(`<table><tbody>${row}</tbody></table>${root(`<template><p>a</p></template>${svg(1)}`)}`)
  await connected(page)
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(1, [
    ['r', row.replace('"x"', '"y"').replace('</td>', '</td><td>2</td>')],
    ['m', root(`<template><p>b</p></template>${svg(2)}`)],
  ])
  expect(await outcome).toEqual({ value: undefined })
  await expect(page.locator('td')).toHaveText(['1', '2'])
  await expect(page.locator('td').first()).toHaveAttribute('@click', 'y')
  expect(await page.locator('template').innerHTML()).toBe('<p>b</p>')
  const href = await page.locator('use').evaluate((use) => use.getAttributeNS('http://www.w3.org/1999/xlink', 'href'))
  expect(href).toBe('#s2')
})

test('the body itself can be the root, its attributes included', async ({ page, open }) => {
  const connection = await open('<p id="p">old</p><script>globalThis.ran = 1</script>')
  await connected(page)
  await page.evaluate(() => Object.assign(document.querySelector('#p') as object, { mark: 1 }))
  await patch(
    page,
    connection,
    '<body class="dark"><p id="p">new</p><script>globalThis.ran = 2</script><script>ran++</script></body>',
    '',
  )
  await expect(page.locator('body')).toHaveClass('dark')
  await expect(page.locator('#p')).toHaveText('new')
  expect(await page.locator('#p').evaluate((element) => (element as { mark?: number }).mark)).toBe(1)
  await expect(page.locator('html')).toHaveAttribute('data-patella-state', 'connected')
  expect(await page.evaluate(() => (globalThis as unknown as { ran: number }).ran)).toBe(1)
})

test('images in a noscript stay asleep', async ({ page, open }) => {
  const connection = await open(root(''))
  await connected(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await patch(page, connection, root('<noscript><img src="/pixel.gif"></noscript><img src="/seen.gif">'))
  await expect.poll(() => asked).toContain('/seen.gif')
  expect(asked).not.toContain('/pixel.gif')
})

test('it works under a strict policy with trusted types', async ({ page, cable, open }) => {
  cable.headers['content-security-policy'] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types patella"
  const broken: string[] = []
  page.on('console', (message) => message.type() === 'error' && broken.push(message.text()))
  const connection = await open(root('old'))
  await connected(page)
  await patch(page, connection, root('<b>new</b><script>x</script>'))
  await expect(page.locator('b')).toHaveText('new')
  await patch(page, connection, `<body>${root('<b>newer</b>')}</body>`, '')
  await expect(page.locator('b')).toHaveText('newer')
  cable.script = { welcome: false }
  connection.socket.terminate()
  await expect(page.getByRole('status')).toHaveCount(1)
  expect(broken.filter((text) => /Content Security|Trusted/.test(text))).toEqual([])
})

test('an inline event handler that may not be set stops no patch', async ({ page, cable, open }) => {
  cable.headers['content-security-policy'] = "require-trusted-types-for 'script'"
  const connection = await open(root('<b onclick="a()">old</b>'))
  await connected(page)
  await patch(page, connection, root('<b onclick="b()">new</b>'))
  await expect(page.locator('b')).toHaveText('new')
})

let n = 0

test.beforeEach(() => {
  n = 0
})

test('a body that has an id is morphed as a body', async ({ page, open }) => {
  const connection = await open('<header>h</header><p>1</p>')
  await connected(page)
  await page.evaluate(() => {
    document.body.id = 'app'
  })
  await patch(page, connection, '<body id="app" data-reflex-root class="new"><header>h</header><p>2</p></body>', 'app')
  await expect(page.locator('body#app.new > p')).toHaveText('2')
  expect(await page.evaluate(() => document.querySelectorAll('body').length)).toBe(1)
})

test('what the user opened stays open, a modal dialog modal', async ({ page, open }) => {
  const html = (n: number) =>
    `<main id="main" data-reflex-root><details><summary>${n}</summary>x</details><dialog>${n}</dialog></main>`
  const connection = await open(html(1))
  await connected(page)
  await page.evaluate(() => {
    ;(document.querySelector('details') as HTMLDetailsElement).open = true
    document.querySelector('dialog')?.showModal()
  })
  await patch(page, connection, html(2), 'main')
  await expect(page.locator('dialog')).toHaveText('2')
  expect(await page.evaluate(() => document.querySelector('dialog')?.matches(':modal[open]'))).toBe(true)
  await expect(page.locator('details')).toHaveAttribute('open')
})

test('a field that moves keeps its focus and its events to itself, an iframe its document', async ({ page, open }) => {
  const html = (error: string) =>
    `<main id="main" data-reflex-root>${error}<input name="q"><iframe srcdoc="<p>x"></iframe></main>`
  const connection = await open(html(''))
  await connected(page)
  await page.locator('input').focus()
  await page.evaluate(() => {
    const frame = document.querySelector('iframe')?.contentWindow as Window & { kept?: boolean }
    frame.kept = true
    const seen: string[] = []
    Object.assign(window, { seen })
    for (const type of ['blur', 'focus', 'change']) addEventListener(type, () => seen.push(type), true)
  })
  await patch(page, connection, html('<p>wrong</p><p>very</p>'), 'main')
  await expect(page.locator('main > p')).toHaveCount(2)
  await expect(page.locator('input')).toBeFocused()
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([])
  const kept = () => (frames[0] as Window & { kept?: boolean }).kept
  expect(await page.evaluate(kept)).toBe(true)
})

test('a root in an SVG stays SVG', async ({ page, open }) => {
  const connection = await open('<svg><g id="g" data-reflex-root><circle r="1"/></g></svg>')
  await connected(page)
  await patch(page, connection, '<g id="g" data-reflex-root><circle r="1"/><circle r="2"/></g>', 'g')
  const namespaces = () => Array.from(document.querySelectorAll('circle'), (circle) => circle.namespaceURI)
  expect(await page.evaluate(namespaces)).toEqual(Array(2).fill('http://www.w3.org/2000/svg'))
})

async function patch(page: Page, connection: Connection, html: string, id = 'm'): Promise<void> {
  const outcome = stimulate(page, 'a#b')
  await connection.request()
  connection.reply(++n, [[id, html]])
  expect(await outcome).toEqual({ value: undefined })
}
