import type { Tab } from '../support/tabs/tab.ts'
import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { blur, focusEvents, focused, painted, typeInto, watchFocus } from './focused.ts'
import { mark, values } from './page.ts'
import { typing } from './typing.ts'

/** Fields as a page may have them, each to be typed into by `.it`. */
const fields = {
  'with an id': '<input class="it" id="i">',
  'with a name': '<input class="it" name="i">',
  'with neither': '<input class="it">',
  'of several lines': '<textarea class="it" id="i"></textarea>',
}

const quiet = { all: [], page: [] }
const boxes = (ids: string) => [...ids].map((id) => `<p id="${id}">${id}</p>`).join('')

export const focus: Behaviour[] = [
  ...Object.entries(fields).flatMap(([kind, it]): Behaviour[] => [
    {
      name: `14 a field ${kind} has the focus: siblings come, go and move, and it hears nothing`,
      run: (page) =>
        staysFocused(page, [
          it,
          `<p>before</p>${it}`,
          `<p>before</p><input type="hidden">${it}<p>behind</p>`,
          `<label>l</label>${it}`,
          `${boxes('abc')}${it}${boxes('de')}`,
          `${boxes('ed')}${it}${boxes('bca')}`,
          `${it}${boxes('abcde')}`,
          `${boxes('edcba')}${it}`,
          `text<!--c-->${it}text`,
          it,
        ]),
    },
    {
      name: `14 a field ${kind} has the focus: siblings of what it is in come, go and move, and it hears nothing`,
      run: (page) => {
        const [within, row] = [`<div><label>l ${it}</label></div>`, `<div id="r"><label>l ${it}</label></div>`]
        return staysFocused(page, [
          within,
          `<h1>before</h1>${within}`,
          `<h1>before</h1><div class="error">no</div>${within}<p>behind</p>`,
          within,
          `${boxes('abc')}${within}${boxes('de')}`,
          `${boxes('ed')}${within}${boxes('bca')}`,
          `${within}${boxes('abcde')}`,
          `${boxes('edcba')}${within}`,
          `<section>${boxes('ab')}${within}</section>`.slice(9, -10),
        ]).then(() =>
          staysFocused(page, [`${boxes('abc')}${row}`, `${row}${boxes('cba')}`, `${boxes('ca')}${row}`, row]),
        )
      },
    },
  ]),
  {
    name: '14 a field in a row has the focus: the rows are sorted, and it hears nothing',
    run: (page) => {
      const row = (n: number) => `<tr id="r${n}"><td><input class="${n === 3 ? 'it' : 'not'}"></td></tr>`
      const table = (order: number[]) => `<table><tbody>${order.map(row).join('')}</tbody></table>`
      return staysFocused(
        page,
        [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 1, 2, 5, 4], [1, 2, 4, 5, 3], [9, 8, 3, 7], [3]].map(table),
      )
    },
  },
  ...['<input class="it" id="i">', '<textarea class="it" id="i"></textarea>'].map(
    (it): Behaviour => ({
      name: `15 ${it.slice(1, 6)}… with the focus goes elsewhere itself: focus and selection stay, listeners hear nothing`,
      async run(page) {
        const { tab } = page
        await page.open(`<div id="a">${it}</div><div id="b"><p>p</p></div>`, watchFocus)
        const before = await typeInto(tab, '.it', 'typed')
        expect(before).toMatchObject({ mark: 0, value: 'typed', selection: [1, 3, 'backward'] })
        await focusEvents(tab)
        for (const next of [
          `<div id="a"></div><div id="b"><p>p</p>${it}</div>`,
          `<div id="a"></div>${it}<div id="b"><p>p</p></div>`,
          `<section><ul><li>${it}</li></ul></section>`,
          `<article>${it}<p>p</p></article>`,
        ]) {
          await page.patch(next)
          expect(await page.html()).toBe(next)
          expect(await focused(tab)).toEqual(before)
          const { all, page: heard } = await focusEvents(tab)
          expect(heard).toEqual([])
          // Firefox 153 loses the focus of a textarea by `moveBefore`, and dispatches nothing of that.
          if (page.moves && !(tab.browser === 'firefox' && it.startsWith('<textarea'))) expect(all).toEqual([])
        }
        // What comes behind is heard.
        await blur(tab)
        expect((await focusEvents(tab)).page).toEqual(expect.arrayContaining(['blur', 'focusout']))
      },
    }),
  ),
  ...['text', 'search', 'email', 'password', 'number', 'textarea'].map(
    (type): Behaviour => ({
      name: `16 ${type}: an older value of the server does not replace what is being typed, its class and aria-… come`,
      async run({ tab, open, patch, html }) {
        const field = (value: string, more: string) =>
          type === 'textarea'
            ? `<textarea id="i"${more}>${value}</textarea>`
            : `<input id="i" type="${type}" value="${value}"${more}>`
        await open(field('', ''))
        await tab.click('#i')
        await tab.type('12345')
        await mark(tab, '#i')
        await tab.press('ArrowLeft')
        for (const next of [
          field('', ' class="error" aria-invalid="true" aria-describedby="e"'),
          `${field('1', ' class="error long" aria-invalid="true" aria-describedby="e" title="t"')}<p id="e">no</p>`,
          field('123', ' aria-invalid="false"'),
        ]) {
          await patch(next)
          expect(await html()).toBe(next)
          expect(await focused(tab)).toMatchObject({ is: 'i', mark: 0, value: '12345' })
        }
        await tab.type('x')
        if (type !== 'number') expect(await values(tab, '#i')).toEqual(['1234x5'])
      },
    }),
  ),
  ...typing,
  ...['<input id="i" value="">', '<textarea id="i"></textarea>'].map(
    (field): Behaviour => ({
      name: `19 ${field.slice(1, 6)}…: what was typed can be undone after patches`,
      async run({ tab, open, patch }) {
        await open(`<p>p</p>${field}`)
        await tab.click('#i')
        await tab.type('typed')
        const echo = field.replace('value=""', 'value="typ"').replace('></', '>typ</')
        await patch(`<h1>new</h1><p>q</p>${echo.replace('id', 'class="x" id')}<p>r</p>`)
        await patch(`<p>q</p>${echo.replace('typ', 'type')}`)
        expect(await values(tab, '#i')).toEqual(['typed'])
        await undo(tab)
        const [undone] = await values(tab, '#i')
        expect(['', 't', 'ty', 'typ', 'type']).toContain(undone)
        await tab.type('x')
        expect(await values(tab, '#i')).toEqual([`${undone}x`])
      },
    }),
  ),
  {
    name: '20 a contenteditable with the focus is not touched, and what the server says of it comes when it was left',
    async run({ tab, open, patch, mutations, html }) {
      const edited = (text: string, more = '') => `<div contenteditable="true" id="e"${more}>${text}</div>`
      await open(`${edited('<b>bold</b>')}<p>a</p>`)
      await mark(tab, '#e, #e *')
      await tab.click('#e')
      await tab.press('End')
      await tab.type(' typed')
      await mutations()
      const other = edited('other <i>text</i>', ' class="x"')
      for (const [next, seen] of [
        [`${other}<p>a</p>`, []],
        [`${edited('')}<p>b</p>`, ['characterData']],
        [`<h1>h</h1>${other}<p>b</p>`, ['childList']],
      ] as const) {
        await patch(next)
        expect(await mutations()).toEqual(seen)
        expect(await tab.evaluate(() => document.querySelector('#e')?.textContent?.replace(/\s/g, ' '))).toBe(
          'bold typed',
        )
        expect(await focused(tab)).toMatchObject({ is: 'e', mark: 0 })
      }
      await blur(tab)
      await patch(`<h1>h</h1>${other}<p>b</p>`)
      expect(await html()).toBe(`<h1>h</h1>${other}<p>b</p>`)
    },
  },
  {
    name: '20 a contenteditable that was edited and left is not touched while the server renders the same for it',
    async run({ tab, open, patch, mutations, html }) {
      const edited = (text: string) => `<div contenteditable="true" id="e">${text}</div>`
      await open(`${edited('<b>bold</b>')}<p>a</p>`)
      await tab.click('#e')
      await tab.press('End')
      await tab.type(' typed')
      await blur(tab)
      await mutations()
      for (const [next, seen] of [
        [`${edited('<b>bold</b>')}<p>a</p>`, []],
        [`${edited('<b>bold</b>')}<p>b</p>`, ['characterData']],
        [`<h1>h</h1>${edited('<b>bold</b>')}<p>b</p>`, ['childList']],
      ] as const) {
        await patch(next)
        expect(await mutations()).toEqual(seen)
        expect(await tab.evaluate(() => document.querySelector('#e')?.textContent?.replace(/\s/g, ' '))).toBe(
          'bold typed',
        )
      }
      await patch(edited('<b>of the server</b>'))
      expect(await html()).toBe(edited('<b>of the server</b>'))
    },
  },
  ...[
    '<input id="i">',
    '<textarea id="i"></textarea>',
    '<button id="i">b</button>',
    '<div id="i" contenteditable="true">e</div>',
  ].map(
    (active): Behaviour => ({
      name: `21 autofocus takes nothing from ${active}`,
      except: { webkit: 'it focuses the first element with autofocus that reaches a document itself, a frame later' },
      async run({ tab, open, patch }) {
        await open(active, watchFocus)
        await mark(tab, '#i')
        await tab.click('#i')
        expect(await focused(tab)).toMatchObject({ is: 'i', mark: 0 })
        await focusEvents(tab)
        for (const next of ['<input autofocus="" id="n">', '<p><textarea autofocus="" id="o"></textarea></p>']) {
          await patch(`${next}${active}`)
          await painted(tab)
          expect(await focused(tab)).toMatchObject({ is: 'i', mark: 0 })
          expect(await focusEvents(tab)).toEqual(quiet)
        }
      },
    }),
  ),
  {
    name: '21 autofocus of what is new has the focus when nothing had it',
    async run({ tab, open, patch }) {
      const field = '<input autofocus="" id="n">'
      await open('<p>p</p>')
      await patch(`<p>p</p><div>${field}</div>`)
      expect(await focused(tab)).toMatchObject({ is: 'n' })
      await tab.type('typed')
      expect(await values(tab, '#n')).toEqual(['typed'])
      // It is new no more, once the browser has had its own look at it.
      await painted(tab)
      await blur(tab)
      for (const next of [
        `<div class="x">${field}</div>`,
        `<p>q</p><div>${field.replace('id', 'class="x" id')}</div>`,
      ]) {
        await patch(next)
        await painted(tab)
        expect(await focused(tab)).toMatchObject({ is: 'body' })
      }
      await patch(`<div>${field}</div><textarea autofocus="" id="o"></textarea>`)
      expect(await focused(tab)).toMatchObject({ is: 'o' })
    },
  },
]

/** Opens the first page and types into its `.it`; through all others it keeps focus and selection, and no event is dispatched. */
async function staysFocused(page: Patched, pages: string[]): Promise<void> {
  const { tab, patch, html, open } = page
  const [first = '', ...others] = pages
  await open(first, watchFocus)
  const before = await typeInto(tab, '.it', 'typed')
  expect(before).toMatchObject({ mark: 0, value: 'typed', selection: [1, 3, 'backward'] })
  await focusEvents(tab)
  for (const next of others) {
    await patch(next)
    expect(await html()).toBe(next)
    expect(await focused(tab), next).toEqual(before)
    expect(await focusEvents(tab), next).toEqual(quiet)
  }
}

/** In WebKitGTK no key does it. */
async function undo(tab: Tab): Promise<void> {
  if (tab.browser === 'webkit') await tab.evaluate(() => document.execCommand('undo'))
  else await tab.press('Control+z')
}
