import type { Tab } from '../support/tabs/tab.ts'
import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { mark, marks } from './page.ts'

const numbers = (length: number) => Array.from({ length }, (_, n) => n)

/** What a parser reads by rules of its own. */
export const markup: Behaviour[] = [
  {
    name: '12 rows, cells, options and items of a list are what the server rendered, to the letter',
    async run(page) {
      const sized = (n: number) => {
        const all = (tag: string) =>
          numbers(n)
            .map((i) => `<${tag}>${tag} ${i} of ${n}</${tag}>`)
            .join('')
        const head = n % 2 ? '<caption>c</caption><colgroup><col></colgroup>' : ''
        const body = n ? `<thead><tr>${all('th')}</tr></thead><tbody><tr>${all('td')}</tr><tr></tr></tbody>` : ''
        const group = n > 1 ? `<optgroup label="o">${all('option')}</optgroup>` : ''
        const list = `<ul>${all('li')}</ul><dl>${all('dt')}${all('dd')}</dl>`
        return `<table>${head}${body}</table><select>${all('option')}${group}</select>${list}`
      }
      await goThrough(page, [2, 0, 3, 1].map(sized))
    },
  },
  {
    name: '12 rows, cells, options and items of a list come by themselves',
    async run({ tab, open, request, reply, html }) {
      const page = (rows: string, option: string, items: string) =>
        `<table><tbody id="b">${rows}</tbody></table><select id="s">${option}</select><ul id="u">${items}</ul>`
      const morph = async (...m: [selector: string, html: string][]) => reply(await request(), undefined, { m })
      await open(page('<tr id="r"><td>1</td></tr>', '<option>1</option>', '<li id="l">1</li>'))
      await mark(tab, 'tr, li')
      await morph(['#r', '<tr id="r" class="x"><td>2</td></tr>'], ['#l', '<li id="l" class="x">2</li>'])
      expect(await html()).toBe(
        page('<tr id="r" class="x"><td>2</td></tr>', '<option>1</option>', '<li id="l" class="x">2</li>'),
      )
      await morph(['#r', '<td>3</td><td>4</td>'], ['#s', '<option>3</option><option>4</option>'])
      await morph(['#l', 'text'], ['#r td:last-child', 'text'])
      expect(await html()).toBe(
        page(
          '<tr id="r" class="x"><td>3</td><td>text</td></tr>',
          '<option>3</option><option>4</option>',
          '<li id="l" class="x">text</li>',
        ),
      )
      const more = [
        '<tr id="r"><td>5</td></tr><tr><th>6</th></tr>',
        '<option>5</option>',
        '<li id="l">5</li><li>6</li>',
      ]
      const [rows = '', options = '', items = ''] = more
      await morph(['#b', rows], ['#s', options], ['#u', items])
      expect(await html()).toBe(page(rows, options, items))
      expect(await marks(tab, 'tr, li')).toEqual([0, null, 1, null])
    },
  },
  ...(
    [
      ['a row', '<table><tbody><!----></tbody></table>', 'tr', '<td>1</td>', 'xhtml td'],
      ['a cell', '<table><tbody><tr><!----></tr></tbody></table>', 'td', '<b>1</b>', 'xhtml b'],
      ['an item', '<ul><!----></ul>', 'li', '<b>1</b>', 'xhtml b'],
      ['a group of options', '<select><!----></select>', 'optgroup', '<option>1</option>', 'xhtml option'],
      ['a part of a drawing', '<svg><!----></svg>', 'g', '<use xlink:href="#a"></use>', 'svg use #a'],
      ['a part of a formula', '<math><!----></math>', 'mrow', '<mi>x</mi>', 'MathML mi'],
    ] as const
  ).map(
    ([what, around, tag, inner, found]): Behaviour => ({
      name: `12 ${what} is a root`,
      async run(page) {
        const button = '<button data-reflex="a#b" data-reflex-root="#r">b</button>'
        const root = (inner: string, mood: string) =>
          `<${tag} id="r" class="${mood}" data-reflex-root="">${inner}</${tag}>`
        const whole = (root: string) => button + around.replace('<!---->', root)
        await page.open(whole(root('', 'good')))
        await mark(page.tab, '#r')
        for (const next of [root(inner, 'bad'), root(inner + inner, 'bad'), root('', 'good'), root(inner, 'good')]) {
          await page.tab.click('button')
          page.connection.reply(await page.sent(), [['r', next]])
          await page.connection.ping()
          expect(await page.tab.evaluate(() => document.querySelector('#r')?.outerHTML)).toBe(next)
        }
        expect(await namespaces(page.tab, '#r *')).toEqual([found])
        expect(await marks(page.tab, '#r')).toEqual([0])
      },
    }),
  ),
  {
    name: '12 SVG and MathML keep their namespaces, xlink:href and the case of names',
    async run(page) {
      const svg = (inner: string) => `<svg viewBox="0 0 1 1" preserveAspectRatio="none">${inner}</svg>`
      const use = (to: string) => `<use xlink:href="#${to}"></use>`
      const html = '<foreignObject><p>html</p><svg><g></g></svg></foreignObject>'
      await goThrough(page, [
        svg('<g id="g"></g>'),
        `${svg(`<g id="g">${use('a')}<linearGradient id="l"></linearGradient></g>${html}`)}<math><mi>x</mi></math>`,
        `<math><mrow><mi>x</mi><mo>+</mo></mrow></math>${svg(`${use('b')}<g id="g">${use('a')}</g>`)}`,
        `<p>${svg(use('c'))}</p><math display="block"><msup><mi>x</mi><mn>2</mn></msup></math>`,
      ])
      const [first, second] = [svg('<title>t</title>'), `${svg(`${use('a')}${html}`)}<math><mi>x</mi></math>`]
      await page.patch(first)
      await page.patch(second)
      await page.patch(second.replace(' xlink:href="#a"', ''))
      await page.patch(second.replace('#a', '#z'))
      expect(await namespaces(page.tab, '#m *')).toEqual([
        'svg svg',
        'svg use #z',
        'svg foreignObject',
        'xhtml p',
        'svg svg',
        'svg g',
        'MathML math',
        'MathML mi',
      ])
    },
  },
  ...(
    [
      ['a group of a drawing', '#g', '<use xlink:href="#a"></use><g></g>', ['svg use #a', 'svg g']],
      ['a drawing', '#s', '<use xlink:href="#a"></use><g></g>', ['svg use #a', 'svg g']],
      ['HTML in a drawing', '#f', '<p>a</p><svg><g></g></svg>', ['xhtml p', 'svg svg', 'svg g']],
      ['a formula', '#k', '<mi>x</mi><mo>+</mo>', ['MathML mi', 'MathML mo']],
      ['a part of a formula', '#w', '<mi>x</mi><mo>+</mo>', ['MathML mi', 'MathML mo']],
    ] as const
  ).map(
    ([what, selector, html, found]): Behaviour => ({
      name: `12 ${what}: what comes for it by itself is of its namespace`,
      async run({ tab, open, request, reply }) {
        const svg = '<svg id="s"><g id="g"></g><foreignObject id="f"></foreignObject></svg>'
        await open(`${svg}<math id="k"><mrow id="w"></mrow></math>`)
        await reply(await request(), undefined, { m: [[selector, html]] })
        expect(await namespaces(tab, `${selector} *`)).toEqual(found)
        expect(await tab.evaluate((selector) => document.querySelector(selector)?.innerHTML, selector)).toBe(html)
      },
    }),
  ),
  {
    name: '12 the content of a template is what the server rendered, to the letter',
    async run(page) {
      const nested = (text: string) => `<template><template><b>${text}</b></template></template>`
      const inRows = (text: string) => `<tr><td>${text}</td></tr>`
      await goThrough(page, [
        '<template><b>1</b></template>',
        '<template class="x"><b>2</b> and text<!--c--></template>',
        `${nested('1')}<template></template><p>p</p>`,
        nested('2'),
        `<p>p</p>${nested('2')}<table><tbody>${inRows('1')}<template>${inRows('2')}</template></tbody></table>`,
        `<table><tbody><template>${inRows('3')}</template>${inRows('1')}</tbody></table>`,
      ])
    },
  },
  {
    name: '12 comments and white space are what the server rendered, to the letter',
    async run(page) {
      await goThrough(page, [
        '<!--a--><p>1</p>',
        '\n  <!--a-->\n  <p>1</p>\n',
        '\n  <!--b-->\n\n  <p>1</p> <p> 2 </p>\n<!---->',
        'text<!--b-->text<!--c--><p>1<!--d--></p> ',
        '<pre> a\n  b\n</pre><p>\t</p>&nbsp;<textarea> \n c</textarea>',
        '<pre> a\n\n  b</pre><!-- <p>no</p> --><p> </p><textarea>c\n\n</textarea> ',
        ' ',
        '',
      ])
    },
  },
]

/** Opens the first, and has the server render each of the others, then all again backwards: each is there to the letter. */
async function goThrough({ open, patch, html }: Patched, pages: string[]): Promise<void> {
  const [first = '', ...others] = pages
  await open(first)
  expect(await html()).toBe(first)
  for (const page of [...others, ...pages.toReversed()]) {
    await patch(page)
    expect(await html()).toBe(page)
  }
}

/** Of the elements that match: namespace, name, and what an `xlink:href` says. */
function namespaces(tab: Tab, selector: string): Promise<string[]> {
  return tab.evaluate(
    (selector) =>
      Array.from(document.querySelectorAll(selector), (element) => {
        const namespace = element.namespaceURI?.replace(/.*\//, '')
        const link = element.getAttributeNS('http://www.w3.org/1999/xlink', 'href')
        return [namespace, element.localName, link].filter(Boolean).join(' ')
      }),
    selector,
  )
}
