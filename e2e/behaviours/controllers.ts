import { type Behaviour, expect } from './behaviour.ts'
import { fetchedMore } from './page.ts'

/** A small library of controllers: it mounts on elements that arrive, and tells them of changes in them and of their end. */
const library = `<script>
  const log = globalThis.log = []
  const mounted = new Set()
  const look = () => {
    for (const element of document.querySelectorAll('[data-controller]')) {
      if (mounted.has(element)) continue
      mounted.add(element)
      log.push('mounted ' + element.id)
    }
    for (const element of mounted) {
      if (element.isConnected) continue
      mounted.delete(element)
      log.push('destroyed ' + element.id)
    }
  }
  new MutationObserver((records) => {
    const known = [...mounted]
    look()
    for (const element of known) {
      if (element.isConnected && records.some(({ target }) => element.contains(target))) log.push('updated ' + element.id)
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
</script>`

const forms = (length: number, note: string, first = 0) =>
  Array.from(
    { length },
    (_, n) =>
      `<form action="/f${n + first}"><input name="id" value="${n + first}"><input name="children"><button>${note} ${String(n + first).padStart(5, '0')}</button></form>`,
  ).join('')

/** Counts calls into the DOM; and of those that a browser answers by a walk through a node, how long it is, by the text in it. */
function countWork(): void {
  const page = Object.assign(globalThis, { calls: 0, walked: 0 })
  const wrap = (prototype: object, walks: boolean, names: string[]) => {
    for (const name of names) {
      const { value, get, ...rest } = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
      function counted(this: Node, ...args: unknown[]) {
        page.calls++
        const walked = name === 'importNode' ? (args[0] as Node) : this
        if (walks) page.walked += walked.textContent?.length ?? 0
        return (value ?? get).apply(this, args)
      }
      Object.defineProperty(prototype, name, value ? { ...rest, value: counted } : { ...rest, get: counted })
    }
  }
  wrap(Node.prototype, true, ['isEqualNode', 'cloneNode'])
  wrap(Element.prototype, true, ['querySelectorAll', 'querySelector', 'outerHTML', 'innerHTML', 'getAnimations'])
  wrap(Document.prototype, true, ['importNode'])
  wrap(Node.prototype, false, ['contains', 'insertBefore', 'childNodes', 'firstChild', 'nextSibling', 'parentNode'])
  wrap(Element.prototype, false, ['closest', 'matches', 'getAttribute', 'setAttribute', 'getAttributeNames', 'remove'])
}

export const controllers: Behaviour[] = [
  {
    name: '40 controllers are mounted once, updated when something in them changed, destroyed once, and not told of moves',
    async run(page) {
      const { tab, open, patch } = page
      const item = (id: string, text = id) => `<div id="${id}" data-controller="c"><b>${text}</b></div>`
      const log = () => tab.evaluate(() => (globalThis as unknown as { log: string[] }).log.splice(0))
      await open(item('a') + item('b'), library)
      // The parser brings the page in pieces of its own choice.
      expect((await log()).filter((call) => call.startsWith('mounted'))).toEqual(['mounted a', 'mounted b'])
      for (const [html, heard] of [
        [`<p>p</p>${item('a')}${item('b')}`, []],
        [`<p>p</p>${item('a')}${item('b', 'new')}`, ['updated b']],
        [`${item('b', 'new')}<p>p</p>${item('a')}`, []],
        [`<section>${item('a')}</section>${item('b', 'new')}`, []],
        [`${item('c')}<section>${item('a')}</section>${item('b', 'new')}`, ['mounted c']],
        [`${item('c')}<section></section>${item('b', 'new')}`, ['destroyed a']],
        [item('c', 'last'), ['destroyed b', 'updated c']],
      ] as [string, string[]][]) {
        await patch(html)
        expect(await log(), html).toEqual(heard)
      }
    },
  },
  {
    name: '40 1,000 forms take twice what 500 take',
    async run({ tab, open, patch }) {
      const measure = async (length: number) => {
        await open(forms(length, 'a'))
        await patch(`<p>large</p>${forms(length, 'a')}`)
        await fetchedMore(tab)
        await tab.evaluate(countWork)
        const counts: number[] = []
        for (const html of [
          `<p>large</p>${forms(length, 'b')}`,
          `<p>large</p>${forms(length + 1, 'b')}`,
          `<p>large</p>${forms(length, 'b', 1)}`,
          `<p>large</p>${forms(length, 'c', length)}`,
          `<p>large</p>`,
          `<p>large</p>${forms(length, 'c')}`,
        ]) {
          await patch(html)
          counts.push(
            ...(await tab.evaluate(() => {
              const page = globalThis as unknown as { calls: number; walked: number }
              const found = [page.calls, page.walked]
              Object.assign(page, { calls: 0, walked: 0 })
              return found
            })),
          )
        }
        return counts
      }
      const [half, whole] = [await measure(500), await measure(1_000)]
      for (const [index, count] of whole.entries()) {
        expect(count, `count ${index} of ${whole}, of half as many ${half}`).toBeLessThan(
          2.2 * (half[index] as number) + 500,
        )
      }
    },
  },
]
