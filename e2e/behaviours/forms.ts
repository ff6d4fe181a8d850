import { type Behaviour, expect, type Patched, until } from './behaviour.ts'
import { choices } from './choices.ts'
import { mark, marks, values } from './page.ts'

const out = '<button type="button" id="out">out</button>'

/** Types into a field, behind what is in it, and leaves it. */
async function typeInto({ tab }: Patched, selector: string, text: string): Promise<void> {
  await tab.click(selector)
  await tab.press('End')
  await tab.type(text)
  await tab.click('#out')
}

const filled = (text: string, tick: string, choice: string) => `
  <input id="text" name="text" value="${text}"><textarea id="area" name="area">${text}</textarea>
  <input id="box" type="checkbox" name="box"${tick}>
  <select id="s" name="s">${['a', 'b', 'c'].map((value) => `<option${value === choice ? ' selected' : ''}>${value}</option>`).join('')}</select>`
const fields = '#text, #area, #box, #s'

async function fillAll(page: Patched): Promise<void> {
  await typeInto(page, '#text', '!')
  await typeInto(page, '#area', '!')
  await page.tab.click('#box')
  await page.tab.press('Tab')
  await page.tab.type('c')
  await page.tab.click('#out')
}

export const forms: Behaviour[] = [
  {
    name: '22 text in a field that was left stays until the server renders another value',
    async run(page) {
      const { tab, open, patch } = page
      const types = ['text', 'search', 'tel', 'password', 'email', 'number']
      const html = (value: string, note: string) =>
        `<p>${note}</p>${types.map((type) => `<input type="${type}" id="${type}" class="${note}" value="${value}">`).join('')}
        <textarea id="area" class="${note}">${value}</textarea>${out}`
      const all = 'input, textarea'
      await open(html('1', 'x'))
      await mark(tab, all)
      for (const id of [...types, 'area']) await typeInto(page, `#${id}`, '2')
      const typed = Array(7).fill('12')
      expect(await values(tab, all)).toEqual(typed)
      await patch(html('1', 'y'))
      expect(await values(tab, all)).toEqual(typed)
      expect(await tab.evaluate(() => document.querySelectorAll('.y').length)).toBe(7)
      for (const value of ['3', '4']) {
        await patch(html(value, 'y'))
        expect(await values(tab, all)).toEqual(Array(7).fill(value))
      }
      expect(await marks(tab, all)).toEqual([0, 1, 2, 3, 4, 5, 6])
    },
  },
  {
    name: '22 text stays where fields without ids are added, moved and removed around it',
    async run(page) {
      const { tab, open, patch } = page
      const field = (name: string) => `<label>${name}<input name="${name}"></label>`
      const area = '<p><textarea name="area"></textarea></p>'
      await open(field('a') + field('b') + area + out)
      for (const name of ['a', 'b', 'area']) await typeInto(page, `[name=${name}]`, name)
      await patch(`<p>error</p>${area}${field('new')}${field('b')}<i>x</i>${field('a')}${out}`)
      const names = ['area', 'new', 'b', 'a']
      expect(await values(tab, 'input, textarea')).toEqual(['area', '', 'b', 'a'])
      expect(
        await tab.evaluate(() =>
          Array.from(document.querySelectorAll('input, textarea'), (field) => field.getAttribute('name')),
        ),
      ).toEqual(names)
      await patch(field('b') + out)
      expect(await values(tab, 'input')).toEqual(['b'])
    },
  },
  ...choices,
  {
    name: '25 chosen files stay over any patch that keeps the field',
    async run({ tab, open, patch }) {
      const input = (more = '') => `<input type="file" id="f" name="f"${more}>`
      await open(`<form id="form">${input()}</form><div id="d"></div>`)
      await mark(tab, 'input')
      await tab.evaluate(() => {
        const chosen = new DataTransfer()
        chosen.items.add(new File(['a'], 'a.txt'))
        const input = document.querySelector('input') as HTMLInputElement
        input.files = chosen.files
        Object.assign(globalThis, { file: input.files[0] })
        input.dispatchEvent(new Event('input', { bubbles: true }))
        input.dispatchEvent(new Event('change', { bubbles: true }))
      })
      for (const html of [
        `<form id="form"><p>error</p>${input(' class="bad" accept=".txt" required')}</form><div id="d"></div>`,
        `<form id="form">${input(' value="fake"')}<p>error</p></form><div id="d"></div>`,
        `<div id="d"></div><form id="form">${input(' multiple')}</form>`,
        `<div id="d"><section>${input()}</section></div>`,
        `<form id="other">${input(' value="other"')}</form>`,
      ]) {
        await patch(html)
        expect(await marks(tab, 'input'), html).toEqual([0])
        const files = () => {
          const { files } = document.querySelector('input') as HTMLInputElement
          return [files?.length, files?.[0] === (globalThis as unknown as { file: File }).file]
        }
        expect(await tab.evaluate(files), html).toEqual([1, true])
      }
    },
  },
  {
    name: '26 type and value change together',
    async run({ tab, open, patch }) {
      const steps: [attributes: string, value: string][] = [
        ['type="text" value="abc"', 'abc'],
        ['type="range" value="70" max="90"', '70'],
        ['type="text" value="abc"', 'abc'],
        ['type="color" value="#ff0000"', '#ff0000'],
        ['type="date" value="2026-01-02"', '2026-01-02'],
        ['type="hidden" value="h"', 'h'],
        ['type="number" value="12.5" step="0.5"', '12.5'],
        ['type="email" value="a@b.c"', 'a@b.c'],
      ]
      const html = (attributes: string) => `<input id="i" ${attributes}>`
      await open(html(steps[0]?.[0] as string))
      await mark(tab, 'input')
      for (const [attributes, value] of [...steps, ...steps.toReversed()]) {
        await patch(html(attributes))
        expect(await values(tab, 'input'), attributes).toEqual([value])
        const type = await tab.evaluate(() => (document.querySelector('input') as HTMLInputElement).type)
        expect(attributes).toContain(`type="${type}"`)
      }
      expect(await marks(tab, 'input')).toEqual([0])
    },
  },
  {
    name: '26 what was typed outlasts another type, as long as the server renders the same value',
    async run(page) {
      const { tab, open, patch } = page
      const html = (type: string, value: string) => `<input id="i" type="${type}" value="${value}">${out}`
      await open(html('text', '1'))
      await typeInto(page, '#i', '23')
      for (const type of ['search', 'number', 'password', 'tel']) {
        await patch(html(type, '1'))
        expect(await values(tab, 'input'), type).toEqual(['123'])
      }
      await patch(html('number', '7'))
      expect(await values(tab, 'input')).toEqual(['7'])
    },
  },
  {
    name: '26 a number that is none yet is not touched',
    async run({ tab, open, patch }) {
      const html = (note: string, value = '') =>
        `<p>${note}</p><input id="i" type="number" class="${note}" value="${value}">${out}`
      await open(html('1'))
      await tab.click('#i')
      await tab.type('1e')
      const bad = () => {
        const { validity, value, className } = document.querySelector('input') as HTMLInputElement
        return [validity.badInput, value, className]
      }
      expect(await tab.evaluate(bad)).toEqual([true, '', '1'])
      await patch(html('2'))
      expect(await tab.evaluate(bad), 'while it has the focus').toEqual([true, '', '2'])
      await patch(html('2', '5'))
      expect(await tab.evaluate(bad), 'and another value comes').toEqual([true, '', '2'])
      await tab.type('3')
      expect(await values(tab, 'input'), 'the user goes on where they were').toEqual(['1e3'])
      await tab.press('Backspace')
      await tab.click('#out')
      await patch(html('3', '5'))
      expect(await tab.evaluate(bad), 'when it has been left').toEqual([true, '', '3'])
    },
  },
  {
    name: '27 an open select is not touched when nothing about it has changed',
    async run({ tab, open, patch, mutations }) {
      const html = (note: string, more = '') =>
        `<p>${note}</p>${more}<select id="s"><option>a</option><option selected="">b</option></select><i>${note}</i>`
      await open(html('1'))
      await mark(tab, 'select')
      await tab.evaluate(() => {
        const seen: string[] = []
        Object.assign(globalThis, { heard: seen })
        for (const type of ['blur', 'focus', 'change', 'input']) {
          document.querySelector('select')?.addEventListener(type, () => seen.push(type))
        }
      })
      await tab.click('#s')
      const opened = () => {
        const select = document.querySelector('select') as HTMLSelectElement
        return [document.activeElement === select, !CSS.supports('selector(:open)') || select.matches(':open')]
      }
      await until(tab, () => !CSS.supports('selector(:open)') || document.querySelector('select:open'))
      const heard = () => (globalThis as unknown as { heard: string[] }).heard
      const before = await tab.evaluate(heard)
      await mutations()
      await patch(html('2'))
      expect(await mutations()).toEqual(['characterData', 'characterData'])
      await patch(html('2', '<b>x</b>'))
      expect(await mutations()).toEqual(['childList'])
      await patch(html('2'))
      expect(await mutations()).toEqual(['childList'])
      expect(await tab.evaluate(opened)).toEqual([true, true])
      expect(await tab.evaluate(heard)).toEqual(before)
      expect(await marks(tab, 'select')).toEqual([0])
    },
  },
  {
    name: '28 disabled, readonly and required follow the server, on a field in use as well',
    async run(page) {
      const { tab, open, patch } = page
      const html = (state: string, legend: string) =>
        `<input id="i" ${state}><textarea ${state}></textarea><select ${state}></select><button ${state}>b</button>
        <fieldset ${legend}><input></fieldset>${out}`
      const states = () =>
        tab.evaluate(() => {
          const [input, area, select, button, fieldset, inner] = document.querySelectorAll<HTMLInputElement>('#m *')
          const flags = [input, area].map((field) => [field?.disabled, field?.readOnly, field?.required])
          return [
            ...flags,
            [select?.disabled, select?.required],
            button?.disabled,
            fieldset?.disabled,
            inner?.matches(':disabled'),
          ]
        })
      const all = (on: boolean) => [[on, on, on], [on, on, on], [on, on], on, on, on]
      await open(html('', ''))
      await typeInto(page, '#i', 'typed')
      await tab.click('#i')
      for (const on of [true, false, true]) {
        await patch(on ? html('disabled readonly required', 'disabled') : html('', ''))
        expect(await states()).toEqual(all(on))
        expect(await values(tab, '#i')).toEqual(['typed'])
      }
    },
  },
  {
    name: '28 indeterminate has no HTML: what a script made of it stays',
    async run({ tab, open, patch }) {
      const html = (note: string, checked = '') => `<p>${note}</p><input type="checkbox" class="${note}"${checked}>`
      await open(html('1'))
      await tab.evaluate(() => {
        ;(document.querySelector('input') as HTMLInputElement).indeterminate = true
      })
      const state = () => {
        const { indeterminate, checked } = document.querySelector('input') as HTMLInputElement
        return [indeterminate, checked]
      }
      await patch(html('2'))
      expect(await tab.evaluate(state)).toEqual([true, false])
      await patch(html('3', ' checked'))
      expect(await tab.evaluate(state)).toEqual([true, true])
    },
  },
  {
    name: '28 a range follows the server, its limits together with its value',
    async run({ tab, open, patch }) {
      const html = (value: number, max: number, note = '') =>
        `<input type="range" value="${value}" max="${max}">${note}${out}`
      await open(html(50, 100))
      await mark(tab, 'input')
      await patch(html(150, 200))
      expect(await values(tab, 'input'), 'never touched').toEqual(['150'])
      await tab.click('input')
      await tab.press('End')
      await tab.click('#out')
      expect(await values(tab, 'input')).toEqual(['200'])
      await patch(html(150, 200, 'note'))
      expect(await values(tab, 'input'), 'the server renders the same').toEqual(['200'])
      await patch(html(250, 300, 'note'))
      expect(await values(tab, 'input'), 'the server renders another value').toEqual(['250'])
      expect(await marks(tab, 'input')).toEqual([0])
    },
  },
  {
    name: '28 progress and meter follow the server',
    async run({ tab, open, patch }) {
      const read = () => {
        const [progress, meter] = [document.querySelector('progress'), document.querySelector('meter')]
        const { value, max, position } = progress as HTMLProgressElement
        return [value, max, position, meter?.value, meter?.max, meter?.low, meter?.optimum]
      }
      await open('<progress value="1" max="4"></progress><meter value="2" max="10" low="1" optimum="3"></meter>')
      await mark(tab, 'progress, meter')
      expect(await tab.evaluate(read)).toEqual([1, 4, 0.25, 2, 10, 1, 3])
      await patch('<progress value="6" max="8"></progress><meter value="15" max="20" low="5" optimum="7"></meter>')
      expect(await tab.evaluate(read)).toEqual([6, 8, 0.75, 15, 20, 5, 7])
      await patch('<progress max="8"></progress><meter value="3" max="20" low="5" optimum="7"></meter>')
      expect(await tab.evaluate(read)).toEqual([0, 8, -1, 3, 20, 5, 7])
      expect(await marks(tab, 'progress, meter')).toEqual([0, 1])
    },
  },
  {
    name: '29 resetForm takes a form back to what the server renders with it',
    async run(page) {
      const { tab, open, request, reply } = page
      const html = (...content: [string, string, string]) => `<form id="f">${filled(...content)}</form>${out}`
      await open(html('x', '', 'a'))
      await fillAll(page)
      expect(await values(tab, fields)).toEqual(['x!', 'x!', true, 'c'])
      await reply(await request(), html('x', '', 'a'), { o: [['resetForm', { selector: '#f' }]] })
      expect(await values(tab, fields), 'what has not changed').toEqual(['x', 'x', false, 'a'])
      await fillAll(page)
      await tab.click('#text')
      await tab.type('focused')
      await reply(await request(), html('y', ' checked', 'b'), { o: [['resetForm', { selector: '#f' }]] })
      expect(await values(tab, fields), 'what is new').toEqual(['y', 'y', true, 'b'])
    },
  },
  {
    name: '29 resetForm leaves a form that was edited since it was sent',
    async run(page) {
      const { tab, open, sent, reply } = page
      const html = `<form id="f" data-reflex="a#b"><input id="text" name="text"><button>send</button></form>${out}`
      await open(html)
      for (const edited of [true, false]) {
        await typeInto(page, '#text', 'x')
        await tab.click('form button')
        const n = await sent()
        if (edited) await typeInto(page, '#text', 'y')
        await reply(n, html, { o: [['resetForm', { selector: '#f' }]] })
        expect(await values(tab, '#text')).toEqual([edited ? 'xy' : ''])
      }
    },
  },
  {
    name: '29 setValue sets a field whatever is in it, and with the focus',
    async run({ tab, open, request, reply }) {
      const html = '<input id="text" value="server">'
      await open(html)
      await tab.click('#text')
      await tab.type('typed')
      await reply(await request(), html, { o: [['setValue', { selector: '#text', value: 'set' }]] })
      expect(await values(tab, '#text')).toEqual(['set'])
      expect(await tab.evaluate(() => document.activeElement?.id)).toBe('text')
    },
  },
  {
    name: '29 a form’s own reset returns to what the server rendered last',
    async run(page) {
      const { tab, open, patch } = page
      const html = (...content: [string, string, string]) =>
        `<form id="f">${filled(...content)}<button type="reset">reset</button></form>${out}`
      await open(html('x', '', 'a'))
      await fillAll(page)
      await tab.click('#text')
      await patch(html('y', ' checked', 'b'))
      expect(await values(tab, '#text'), 'what has the focus is not replaced').toEqual(['x!'])
      await fillAll(page)
      await tab.click('[type=reset]')
      expect(await values(tab, fields)).toEqual(['y', 'y', true, 'b'])
    },
  },
  {
    name: '30 a field outside of its form is kept, replaced and reset like one inside',
    async run(page) {
      const { tab, open, patch, request, reply } = page
      const html = (text: string, tick: string, note: string) =>
        `<p>${note}</p><form id="f"><input id="in" name="in" value="${text}"></form>
        <input id="text" name="text" form="f" value="${text}"><input id="box" type="checkbox" name="box" form="f"${tick}>${out}`
      const all = '#in, #text, #box'
      const edit = async () => {
        await typeInto(page, '#in', '!')
        await typeInto(page, '#text', '!')
        await tab.click('#box')
      }
      await open(html('x', '', '1'))
      await edit()
      await patch(html('x', '', '2'))
      expect(await values(tab, all)).toEqual(['x!', 'x!', true])
      await patch(html('y', ' checked', '2'))
      expect(await values(tab, all)).toEqual(['y', 'y', true])
      await edit()
      expect(await values(tab, all)).toEqual(['y!', 'y!', false])
      await reply(await request(), html('y', ' checked', '2'), { o: [['resetForm', { selector: '#f' }]] })
      expect(await values(tab, all)).toEqual(['y', 'y', true])
    },
  },
  {
    name: '30 radios inside and outside of a form are one group',
    async run({ tab, open, patch }) {
      const radio = (value: string, checked: string, more = '') =>
        `<input type="radio" name="r" value="${value}"${checked === value ? ' checked' : ''}${more}>`
      const html = (checked: string, note: string) =>
        `<p>${note}</p><form id="f">${radio('a', checked)}</form>${radio('b', checked, ' form="f"')}${radio('c', checked)}`
      await open(html('a', '1'))
      await tab.click('[value=b]')
      await patch(html('a', '2'))
      expect(await values(tab, 'input')).toEqual([false, true, false])
      await patch(html('b', '3'))
      await patch(html('a', '4'))
      expect(await values(tab, 'input')).toEqual([true, false, false])
    },
  },
  {
    name: '30 while a form is sent, no other reply touches its fields outside',
    async run(page) {
      const { tab, open, request, reply } = page
      const html = (text: string) =>
        `<form id="f" data-reflex="a#b"><input id="in" name="in" value="${text}"><button>send</button></form>
        <input id="text" name="text" form="f" value="${text}"><input id="other" value="${text}">${out}`
      const all = '#in, #text, #other'
      await open(html('x'))
      await typeInto(page, '#text', '!')
      const early = await request()
      await tab.click('form button')
      const [n, , , , more] = await page.connection.request()
      expect(more?.f).toBe('in=x&text=x%21')
      await reply(early, html('y'))
      expect(await values(tab, all)).toEqual(['x', 'x!', 'y'])
      await reply(n, html('z'))
      expect(await values(tab, all)).toEqual(['z', 'z', 'z'])
    },
  },
  {
    name: '30 a field follows the form that the server gives it to',
    async run(page) {
      const { tab, open, patch } = page
      const html = (form: string) => `<form id="f"></form><form id="g"></form><input id="text" form="${form}">${out}`
      await open(html('f'))
      await typeInto(page, '#text', 'typed')
      await patch(html('g'))
      const owner = () => (document.querySelector('#text') as HTMLInputElement).form?.id
      expect([await tab.evaluate(owner), ...(await values(tab, '#text'))]).toEqual(['g', 'typed'])
    },
  },
]
