import { type Behaviour, expect, type Patched, until } from './behaviour.ts'
import { fetchedMore, texts } from './page.ts'

const ran = ({ tab }: Patched) => tab.evaluate(() => (globalThis as { ran?: string[] }).ran ?? [])
const noting = (what: string) => `(globalThis.ran ??= []).push('${what}')`
/** The page's own script, with a nonce, below a policy where there is one. */
const own = (policy = '') =>
  `${policy && `<meta http-equiv="Content-Security-Policy" content="${policy}">`}<script nonce="abc">${noting('own')}</script>`

export const scripts: Behaviour[] = [
  {
    name: '39 scripts of the page never run again, and those of patches do not run',
    async run(page) {
      const script = (what: string) => `<script id="s">${noting(what)}</script>`
      await page.open(`<p>1</p>${script('first')}`)
      for (const html of [
        `<p>2</p>${script('first')}`,
        `${script('first')}<p>2</p>`,
        `<div>${script('first')}</div>`,
        `<div>${script('changed')}</div>`,
        `${script('changed')}<script>${noting('new')}</script><script src="/new.js"></script><script type="module">${noting('module')}</script>`,
        `<svg><script>${noting('svg')}</script></svg><script nonce="abc">${noting('nonce')}</script>`,
      ]) {
        await page.patch(html)
        expect(await ran(page), html).toEqual(['first'])
      }
    },
  },
  {
    name: '39 scripts with the nonce of the page’s own run exactly once',
    async run(page) {
      const { tab, open, patch, cable } = page
      cable.pages.set('/src', '')
      await open('<p>1</p>', own())
      await fetchedMore(tab)
      const wrong = `<script nonce="other">${noting('wrong')}</script><script>${noting('none')}</script>`
      const right = (n: string) => `<div id="d${n}"><script nonce="abc" data-n="${n}">${noting(n)}</script></div>`
      await patch(`<p>1</p>${wrong}${right('1')}`)
      expect(await ran(page)).toEqual(['own', '1'])
      for (const html of [
        `<p>2</p>${wrong}${right('1')}`,
        `${right('1')}<p>2</p>${wrong}`,
        `<section>${right('1')}</section>`,
        `<section>${right('1').replace("'1')", "'edited')")}</section>`,
      ]) {
        await patch(html)
        expect(await ran(page), html).toEqual(['own', '1'])
      }
      await patch(`<script nonce="abc">${noting('2')}</script>${right('3')}`)
      expect(await ran(page)).toEqual(['own', '1', '2', '3'])
      const position = () => document.querySelector('[data-n="3"]')?.parentElement?.id
      expect(await tab.evaluate(position)).toBe('d3')
    },
  },
  {
    name: '39 a script with the nonce runs under a policy that asks for it, and without it none does',
    async run(page) {
      const { tab, open, patch } = page
      await open('', own("script-src 'self' 'nonce-abc' 'unsafe-eval'"))
      await fetchedMore(tab)
      await patch(`<script nonce="abc">${noting('1')}</script><script nonce="b">${noting('2')}</script>`)
      expect(await ran(page)).toEqual(['own', '1'])
    },
  },
  {
    name: '39 inline event handlers of patches obey the page’s policy',
    async run(page) {
      const { tab, open, patch } = page
      for (const [policy, heard] of [
        ["script-src 'self' 'nonce-abc' 'unsafe-eval'", ['own']],
        ['', ['own', 'click', 'changed']],
      ] as const) {
        await open('<button>b</button>', own(policy))
        await tab.evaluate(() => Object.assign(globalThis, { refused: 0 }).refused)
        await tab.evaluate(() => {
          const page = globalThis as unknown as { refused: number }
          addEventListener('securitypolicyviolation', () => page.refused++)
        })
        for (const what of ['click', 'changed']) {
          await patch(`<button onclick="${noting(what)}">b</button>`)
          await tab.click('button')
        }
        expect(await ran(page)).toEqual(heard)
        const refused = () => (globalThis as unknown as { refused: number }).refused > 0
        if (policy) await until(tab, refused)
        else expect(await tab.evaluate(refused)).toBe(false)
      }
    },
  },
  {
    name: '39 patches and scripts with the nonce work where trusted types are required',
    async run(page) {
      const { tab, open, patch } = page
      await open(
        '<b onclick="a()">old</b>',
        own("script-src 'self' 'nonce-abc' 'unsafe-eval'; require-trusted-types-for 'script'; trusted-types patella"),
      )
      await fetchedMore(tab)
      await tab.evaluate(() => {
        const page = Object.assign(globalThis, { refused: [] as string[] })
        addEventListener('securitypolicyviolation', ({ violatedDirective }) => page.refused.push(violatedDirective))
      })
      await patch(`<b>new</b><i>newer</i><script nonce="abc">${noting('1')}</script>`)
      expect(await texts(tab, 'b, i')).toEqual(['new', 'newer'])
      expect(await ran(page)).toEqual(['own', '1'])
      expect(await tab.evaluate(() => (globalThis as unknown as { refused: string[] }).refused)).toEqual([])
      await patch('<b onclick="c()">handler</b><u>u</u>')
      expect(await texts(tab, 'b, u'), 'a handler that is refused stops nothing').toEqual(['handler', 'u'])
    },
  },
  {
    name: '39 patches of large roots work where trusted types are required',
    async run({ tab, open, patch }) {
      const html = (text: string) =>
        `<ul>${Array.from({ length: 1_000 }, (_, n) => `<li id="i${n}">${n === 500 ? text : n}</li>`).join('')}</ul>`
      await open(
        html('1'),
        own("script-src 'self' 'nonce-abc' 'unsafe-eval'; require-trusted-types-for 'script'; trusted-types patella"),
      )
      await fetchedMore(tab)
      for (const text of ['2', '3', '4']) {
        await patch(html(text))
        expect(await texts(tab, '#i500')).toEqual([text])
      }
    },
  },
]
