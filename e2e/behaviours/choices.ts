import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { mark, marks, type Value, values } from './page.ts'

const out = '<button type="button" id="out">out</button>'

/** Brings the focus to a select behind the field `#before` without opening it. */
async function reach({ tab }: Patched): Promise<void> {
  await tab.click('#before')
  await tab.press('Tab')
}

const option = (value: string, more = '') => `<option value="${value}"${more}>${value}</option>`
const options = (...values: string[]) => values.map((value) => option(value)).join('')
const group = (label: string, content: string) => `<optgroup label="${label}">${content}</optgroup>`

/** The options of a select in which the user has chosen b, and c where there can be two; what they become without a word about choices. */
const selects: Record<string, [before: string, after: string]> = {
  'options that are added': [options('a', 'b', 'c'), options('x', 'a', 'y', 'b', 'c', 'z')],
  'options that are relabelled': [
    options('a', 'b', 'c'),
    '<option value="a">A</option><option value="b">B</option><option value="c">C</option>',
  ],
  'options that are reordered': [options('a', 'b', 'c'), options('c', 'b', 'a')],
  'options that go': [options('a', 'b', 'c', 'd'), options('b', 'c')],
  'options that are grouped': [options('a', 'b', 'c'), group('g', options('a')) + group('h', options('b', 'c'))],
  'options that are grouped no more': [group('g', options('a', 'b')) + options('c'), options('a', 'b', 'c')],
  'groups that are added and reordered': [
    group('g', options('a', 'b')) + group('h', options('c')),
    group('i', options('x')) + group('h', options('c')) + group('g', options('a', 'b')),
  ],
  'options that go into another group': [
    group('g', options('a', 'b')) + group('h', options('c')),
    group('g', options('a')) + group('h', options('c', 'b')),
  ],
  'a group that is empty at first': [
    group('g', '') + group('h', options('a', 'b', 'c')),
    group('g', options('x')) + group('h', options('a', 'b', 'c')),
  ],
  'a group that is emptied': [
    group('g', options('x')) + options('a', 'b', 'c'),
    group('g', '') + options('a', 'b', 'c'),
  ],
}

const overChanges: Behaviour[] = Object.entries(selects).flatMap(([what, [before, after]]) => [
  {
    name: `24 a choice stays over ${what}`,
    async run(page) {
      const select = (content: string) => `<input id="before"><select id="s">${content}</select>${out}`
      await page.open(select(before))
      await mark(page.tab, '#s, [value=b]')
      await reach(page)
      await page.tab.type('b')
      await page.tab.click('#out')
      expect(await values(page.tab, '#s')).toEqual(['b'])
      await page.patch(select(after))
      expect(await values(page.tab, '#s')).toEqual(['b'])
      expect((await marks(page.tab, '#s'))[0], 'the select is the same').toBe(0)
      expect(await page.html()).toBe(select(after))
    },
  },
  {
    name: `24 several choices stay over ${what}`,
    async run(page) {
      const select = (content: string) => `<input id="before"><select id="s" multiple="">${content}</select>${out}`
      await page.open(select(before))
      await mark(page.tab, '#s')
      await reach(page)
      await page.tab.type('b')
      await page.tab.press('Shift+ArrowDown')
      await page.tab.click('#out')
      expect(await values(page.tab, '#s')).toEqual([['b', 'c']])
      await page.patch(select(after))
      const chosen = (await values(page.tab, '#s')) as string[][]
      expect(chosen.map((values) => values.toSorted())).toEqual([['b', 'c']])
      expect(await marks(page.tab, '#s'), 'the select is the same').toEqual([0])
      expect(await page.html()).toBe(select(after))
    },
  },
])

export const choices: Behaviour[] = [
  {
    name: '23 ticks stay until the server renders them otherwise',
    async run({ tab, open, patch }) {
      const html = (one: string, two: string, note: string) =>
        `<p>${note}</p><input type="checkbox" id="one"${one}><input type="checkbox" id="two"${two}>`
      await open(html('', ' checked', '1'))
      await tab.click('#one')
      await tab.click('#two')
      await patch(html('', ' checked', '2'))
      expect(await values(tab, 'input')).toEqual([true, false])
      await patch(html(' checked', '', '3'))
      expect(await values(tab, 'input')).toEqual([true, false])
      await patch(html('', ' checked', '4'))
      expect(await values(tab, 'input')).toEqual([false, true])
    },
  },
  {
    name: '23 a radio’s choice stays until the server renders another',
    async run({ tab, open, patch }) {
      const html = (checked: string, note = '') =>
        note +
        ['a', 'b', 'c']
          .map((v) => `<input type="radio" name="r" value="${v}"${v === checked ? ' checked' : ''}>`)
          .join('')
      await open(html('a'))
      await mark(tab, 'input')
      await tab.click('[value=b]')
      await patch(html('a', '<p>new</p>'))
      expect(await values(tab, 'input')).toEqual([false, true, false])
      await patch(html('c', '<p>newer</p>'))
      expect(await values(tab, 'input')).toEqual([false, false, true])
      await tab.click('[value=b]')
      await patch(html('a'))
      expect(await values(tab, 'input')).toEqual([true, false, false])
      expect(await marks(tab, 'input')).toEqual([0, 1, 2])
    },
  },
  {
    name: '24 another choice of the server’s is chosen, one or several',
    async run(page) {
      const { tab, open, patch } = page
      const select = (chosen: string, label: string) =>
        ['a', 'b', 'c', 'd']
          .map(
            (value) => `<option value="${value}"${chosen.includes(value) ? ' selected' : ''}>${value}${label}</option>`,
          )
          .join('')
      const html = (one: string, several: string, label = '') =>
        `<input id="before"><select>${select(one, label)}</select><select multiple>${select(several, label)}</select>${out}`
      await open(html('a', 'a'))
      await reach(page)
      await tab.type('b')
      await tab.press('Tab')
      await tab.type('b')
      await tab.press('Shift+ArrowDown')
      await tab.click('#out')
      const chosen: Value[] = ['b', ['b', 'c']]
      expect(await values(tab, 'select')).toEqual(chosen)
      await patch(html('a', 'a', '!'))
      expect(await values(tab, 'select'), 'only labels have changed').toEqual(chosen)
      await patch(html('c', 'cd', '!'))
      expect(await values(tab, 'select')).toEqual(['c', ['c', 'd']])
      await patch(html('', '', '!'))
      expect(await values(tab, 'select')).toEqual(['a', []])
    },
  },
  {
    name: '24 an option that is gone cannot stay chosen',
    async run(page) {
      const { tab, open, patch } = page
      const html = (content: string) => `<input id="before"><select>${content}</select>${out}`
      await open(html(options('a', 'b', 'c')))
      await reach(page)
      await tab.type('b')
      await tab.click('#out')
      await patch(html(options('a', 'c')))
      expect(await values(tab, 'select')).toEqual(['a'])
      await patch(html(group('g', '')))
      expect(await values(tab, 'select')).toEqual([''])
      await patch(html(group('g', options('x', 'y'))))
      expect(await values(tab, 'select')).toEqual(['x'])
    },
  },
  {
    name: '24 an option that takes the place of the chosen one is not chosen by that',
    async run(page) {
      const { tab, open, patch } = page
      const html = (content: string) => `<input id="before"><select>${content}</select>${out}`
      await open(html(options('a', 'b')))
      await reach(page)
      await tab.type('b')
      await tab.click('#out')
      await patch(html(options('a', 'x')))
      expect(await values(tab, 'select')).toEqual(['a'])
    },
  },
  {
    name: '24 where the server renders no choice any more, a select shows what it would after a reload',
    async run({ tab, open, patch }) {
      const html = (chosen: string) =>
        ['', ' size="2"']
          .map((size) => `<select${size}>${option('a', ' disabled')}${option('b')}${option('c', chosen)}</select>`)
          .join('')
      await open(html(''))
      const fresh = await values(tab, 'select')
      expect(fresh).toEqual(['b', ''])
      await patch(html(' selected'))
      expect(await values(tab, 'select')).toEqual(['c', 'c'])
      await patch(html(''))
      expect(await values(tab, 'select')).toEqual(fresh)
    },
  },
  ...overChanges,
]
