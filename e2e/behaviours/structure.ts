import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { blur } from './focused.ts'
import { markup } from './markup.ts'
import { mark, marks, values } from './page.ts'

const row = (n: number, name = `row ${n}`) => `<tr id="r${n}"><td>${n}</td><td>${name}</td></tr>`
const table = (rows: string[]) => `<table><tbody>${rows.join('')}</tbody></table>`
const rows = (length: number) => Array.from({ length }, (_, n) => row(n))

const numbers = (length: number) => Array.from({ length }, (_, n) => n)
/** Takes the item at `from` out, and has it at `to`. */
const moved = <T>(items: T[], from: number, to: number) =>
  items.toSpliced(from, 1).toSpliced(to, 0, ...items.slice(from, from + 1))

/** Everything that a patch treats in a way of its own. */
const sorts = `
  <p class="x" style="top: 1px;">a &amp; b<br></p><!-- comment -->
  <form><input name="id" value="1"><input type="checkbox" checked=""><textarea>t</textarea>
  <select><option>a</option><optgroup label="o"><option selected="">b</option></optgroup></select></form>
  <template><b>1</b></template><svg viewBox="0 0 1 1"><use xlink:href="#a"></use></svg><math><mi>x</mi></math>
  <details open=""><summary>s</summary></details><div contenteditable="true">e</div><x-y></x-y><noscript>n</noscript>
  <script type="text/plain">s</script><style>p { margin: 0 }</style><progress value="1"></progress>`

export const structure: Behaviour[] = [
  {
    name: '1 the same HTML again changes nothing, whatever is in it',
    async run({ open, patch, html, mutations }) {
      await open(sorts)
      await mutations()
      const before = await html()
      for (let n = 0; n < 2; n++) {
        await patch(sorts)
        expect(await mutations()).toEqual([])
      }
      expect(await html()).toBe(before)
    },
  },
  {
    name: '1 the same HTML again changes nothing, whatever the user did to it',
    async run({ tab, open, patch, mutations }) {
      const fields = '<input id="i" value="s"><input id="c" type="checkbox"><textarea id="t">s</textarea>'
      const page = `${fields}<details><summary>s</summary></details><div contenteditable="true" id="e">s</div>`
      await open(page)
      for (const selector of ['#i', '#t', '#e', '#c', 'summary']) {
        await tab.click(selector)
        if (/[ite]$/.test(selector)) await tab.type('typed')
      }
      await mutations()
      await patch(page)
      expect(await mutations()).toEqual([])
      expect(await values(tab, '#i, #t')).toEqual(['styped', 'styped'])
    },
  },
  {
    name: '2 one text in 1,000 rows is one mutation',
    async run({ open, patch, html, mutations }) {
      const all = rows(1_000)
      await open(table(all))
      await mutations()
      for (const name of ['x', 'y']) {
        const page = table(all.with(500, row(500, name)))
        await patch(page)
        expect(await mutations()).toEqual(['characterData'])
        expect(await html()).toBe(page)
      }
    },
  },
  {
    name: '3 a row with an id that is inserted anywhere is one mutation',
    async run({ tab, open, patch, html, mutations }) {
      const all = rows(50)
      await open(table(all))
      await mark(tab, 'tr')
      await mutations()
      for (const place of [0, 25, 49, 50]) {
        const page = table(all.toSpliced(place, 0, row(99)))
        await patch(page)
        expect(await mutations()).toEqual(['childList'])
        expect(await html()).toBe(page)
        expect(await marks(tab, 'tr')).toEqual([...numbers(50).slice(0, place), null, ...numbers(50).slice(place)])
        await patch(table(all))
        await mutations()
      }
    },
  },
  {
    name: '4 a row with an id that is removed anywhere is one mutation',
    async run({ tab, open, patch, html, mutations }) {
      let all = rows(50)
      let left = numbers(50)
      await open(table(all))
      await mark(tab, 'tr')
      await mutations()
      for (const place of [0, 25, 47]) {
        all = all.toSpliced(place, 1)
        left = left.toSpliced(place, 1)
        await patch(table(all))
        expect(await mutations()).toEqual(['childList'])
        expect(await html()).toBe(table(all))
        expect(await marks(tab, 'tr')).toEqual(left)
      }
    },
  },
  {
    name: '5 a row with an id that moves is out and in: two mutations; two that change places are four',
    async run({ tab, open, patch, html, mutations }) {
      const all = rows(50)
      await open(table(all))
      await mark(tab, 'tr')
      await mutations()
      const become = async (order: number[], most: number) => {
        const page = table(order.map((n) => row(n)))
        await patch(page)
        const seen = await mutations()
        expect(seen).toEqual(seen.map(() => 'childList'))
        expect(seen.length).toBeLessThanOrEqual(most)
        expect(await html()).toBe(page)
        expect(await marks(tab, 'tr')).toEqual(order)
      }
      let order = numbers(50)
      for (const [from, to] of [
        [0, 49],
        [49, 0],
        [0, 1],
        [10, 40],
        [40, 10],
      ] as const) {
        order = moved(order, from, to)
        await become(order, 2)
      }
      for (const [one, other] of [
        [0, 49],
        [1, 48],
        [20, 30],
      ] as const) {
        order = order.with(one, order[other] as number).with(other, order[one] as number)
        await become(order, 4)
      }
    },
  },
  ...(['', '\n  '] as const).map(
    (space): Behaviour => ({
      name: `6 the first of 50 items without ids comes and goes by three mutations${space && ', line breaks between them'}`,
      async run({ tab, open, patch, html, mutations }) {
        const items = numbers(50).map((n) => `<li>item ${n}</li>`)
        const list = (items: string[]) => `<ul>${items.map((item) => space + item).join('')}${space}</ul>`
        await open(list(items))
        await mark(tab, 'li')
        await mutations()
        for (const [page, left] of [
          [list(['<li>new</li>', ...items]), [null, ...numbers(50)]],
          [list(items), numbers(50)],
          [list(items.slice(1)), numbers(50).slice(1)],
        ] as const) {
          await patch(page)
          expect((await mutations()).length).toBeLessThanOrEqual(3)
          expect(await html()).toBe(page)
          expect(await marks(tab, 'li')).toEqual(left)
        }
      },
    }),
  ),
  {
    name: '7 rows with ids that are reversed stay the same nodes',
    async run({ tab, open, patch, html }) {
      const all = rows(50)
      await open(table(all))
      await mark(tab, 'tr')
      for (const order of [numbers(50).toReversed(), numbers(50)]) {
        const page = table(order.map((n) => row(n)))
        await patch(page)
        expect(await html()).toBe(page)
        expect(await marks(tab, 'tr')).toEqual(order)
      }
    },
  },
  {
    name: '8 an element with an id goes to other parents with its value and listeners',
    async run(page) {
      const field = '<input id="i">'
      await page.open(`<div id="a">${field}</div><div id="b"></div>`)
      await survives(page, [
        `<div id="a"></div><div id="b">${field}</div>`,
        `<div id="a"></div><div id="b"></div>${field}`,
        `<div id="a"></div><div id="b"><ul><li>${field}</li></ul></div>`,
        `<section><p>new</p>${field}</section><div id="b"></div>`,
        `<div id="b"><p>new</p></div><div id="a">${field}</div>`,
        `<h1>new</h1><div id="a">${field}</div>`,
      ])
    },
  },
  {
    name: '9 an element with an id stays when what is around it has another tag',
    async run(page) {
      const field = '<input id="i">'
      await page.open(`<div><p>a</p>${field}</div>`)
      await survives(page, [
        `<section><p>a</p>${field}</section>`,
        `<section><p>a</p><b>${field}</b></section>`,
        `<article class="x"><i>${field}</i><p>a</p></article>`,
        `<div id="w">${field}</div>`,
        `<span id="w">${field}</span>`,
      ])
    },
  },
  {
    name: '10 an id that is there twice throws nothing, and the development client names it',
    async run({ tab, cable, open, patch, html }) {
      cable.dev = true
      const watch = `<script>
        var said = { warn: [], error: [] }
        console.warn = (...all) => said.warn.push(all.join(' '))
        console.error = (...all) => said.error.push(all.join(' '))
        addEventListener('error', ({ message }) => said.error.push(message))
      </script>`
      await open('<p id="y">once</p>', watch)
      const said = () => tab.evaluate(() => (globalThis as unknown as { said: Record<string, string[]> }).said)
      expect(await said()).toEqual({ warn: [], error: [] })
      for (const page of [
        '<p id="x">a</p><p id="x">b</p>',
        '<i>c</i><p id="x">b</p><div id="d"><p id="x">a</p></div><p id="x">d</p>',
        '<div id="d"><p id="x">b</p></div><p id="x">a</p><b id="x">e</b>',
        '<p id="x">a</p>',
        '<p id="x">b</p><p id="x">a</p><p id="x">c</p>',
      ]) {
        await patch(page)
        // The development client draws a line around it.
        expect((await html()).replaceAll(/ style="outline[^"]*"/g, '')).toBe(page)
      }
      const { warn, error } = await said()
      expect(error).toEqual([])
      expect(warn).toEqual([expect.stringContaining('the id "x" is there twice')])
    },
  },
  ...['<p>notice</p>', '<div>notice</div>', '<div class="row"><b>notice</b></div>', '<input type="hidden">'].map(
    (block): Behaviour => ({
      name: `11 what has neither id nor name keeps its state when ${block} comes and goes before it`,
      async run({ tab, open, patch, html }) {
        const page = (before: string, mood: string) =>
          [
            '<input>',
            '<textarea></textarea>',
            '<div><input></div>',
            `<div class="${mood}"><input></div>`,
            '<input type="checkbox">',
            '<select><option>a</option><option>b</option></select>',
            '<details><summary>s</summary>d</details>',
          ]
            .map((sibling) => `<section>${before}${sibling}</section>`)
            .join('')
        const stateful = 'textarea, select, details, input:not([type=hidden])'
        await open(page('', 'good'))
        await mark(tab, stateful)
        await tab.evaluate(() => {
          for (const [n, field] of document.querySelectorAll('input, textarea').entries()) field.id = `f${n}`
        })
        for (const n of [0, 1, 2, 3]) {
          await tab.click(`#f${n}`)
          await tab.type('typed')
        }
        await tab.click('[type=checkbox]')
        await tab.click('summary')
        await tab.evaluate(() => {
          for (const field of document.querySelectorAll('[id^=f]')) field.removeAttribute('id')
          ;(document.querySelector('select') as HTMLSelectElement).value = 'b'
        })
        for (const next of [page(block, 'good'), page('', 'good'), page(block, 'bad'), page('', 'good')]) {
          await patch(next)
          expect((await html()).replace(' open=""', '')).toBe(next)
          expect(await marks(tab, stateful)).toEqual([0, 1, 2, 3, 4, 5, 6])
          expect(await values(tab, 'input:not([type]), textarea, select')).toEqual([...Array(4).fill('typed'), 'b'])
          expect(await tab.evaluate(() => document.querySelectorAll(':checked:not(option), [open]').length)).toBe(2)
        }
      },
    }),
  ),
  ...markup,
  {
    name: '13 a form whose fields shadow what it is itself',
    async run(page) {
      const names = `id children attributes parentNode childNodes nodeName localName firstChild nextSibling nodeType
        getAttribute setAttribute removeAttribute getAttributeNames insertBefore moveBefore removeChild remove contains
        querySelector querySelectorAll matches closest isConnected classList style textContent outerHTML isEqualNode
        ownerDocument cloneNode replaceChildren replaceWith namespaceURI firstElementChild elements mark`.split(/\s+/)
      const field = (name: string) => `<input name="${name}">`
      const form = (id: string, fields: string[], mood = 'good') =>
        `<form id="${id}" class="${mood}">${fields.map(field).join('')}</form>`
      const { tab } = page
      await page.open(`<p>p</p>${form('f', names)}${form('g', ['id'])}`)
      await tab.evaluate(() => {
        for (const [n, form] of Array.from(document.forms).entries()) {
          Object.defineProperty(form, Symbol.for('form'), { value: n })
        }
      })
      await mark(tab, 'input')
      // Not by a click: what drives Chromium is itself misled by such a form.
      await tab.evaluate(() => document.querySelector<HTMLInputElement>('[name=children]')?.focus())
      await tab.type('typed')
      await blur(tab)
      for (const next of [
        `<p>p</p>${form('f', names, 'bad')}${form('g', ['id'])}`,
        `<p>p</p>${form('f', names.toSpliced(3, 0, 'new'))}${form('g', ['id'], 'bad')}`,
        `${form('g', ['id'])}<p>p</p>${form('f', names.toReversed())}`,
        `<div>${form('f', names)}</div>${form('g', [])}`,
      ]) {
        await page.patch(next)
        expect(await page.html()).toBe(next)
        expect(await values(tab, '[name=children]')).toEqual(['typed'])
        expect(await marks(tab, '#f [name=id]')).toEqual([0])
        expect(
          await tab.evaluate(() =>
            ['f', 'g'].map((id) => Reflect.get(document.getElementById(id) as object, Symbol.for('form'))),
          ),
        ).toEqual([0, 1])
      }
      await page.patch('<p>p</p>')
      expect(await page.html()).toBe('<p>p</p>')
    },
  },
]

/** Types into `#i` and listens to it; then in each of the pages it is the same, has its text, and is heard. */
async function survives({ tab, patch, html }: Patched, pages: string[]): Promise<void> {
  await mark(tab, '#i')
  await tab.click('#i')
  await tab.type('typed')
  await tab.evaluate(() => {
    const page = globalThis as unknown as { clicks: number }
    page.clicks = 0
    document.querySelector('#i')?.addEventListener('click', () => page.clicks++)
  })
  for (const [index, page] of pages.entries()) {
    await blur(tab)
    await patch(page)
    expect(await html()).toBe(page)
    expect(await marks(tab, '#i')).toEqual([0])
    expect(await values(tab, '#i')).toEqual(['typed'])
    await tab.click('#i')
    expect(await tab.evaluate(() => (globalThis as unknown as { clicks: number }).clicks)).toBe(index + 1)
  }
}
