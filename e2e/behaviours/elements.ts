import { around, through } from './around.ts'
import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { mark, marks } from './page.ts'

/** An element of its own that notes what is called, with a shadow root, and an attribute and a class that it gives itself. */
const card = `<script>
  class Card extends HTMLElement {
    static observedAttributes = ['value']
    log = []
    constructor() {
      super()
      this.attachShadow({ mode: 'open' }).innerHTML = '<b>0</b><slot></slot>'
    }
    connectedCallback() {
      this.log.push('connected')
      this.setAttribute('ready', 'yes')
      this.classList.add('upgraded')
    }
    connectedMoveCallback() { this.log.push('moved') }
    disconnectedCallback() {
      this.log.push('disconnected')
      globalThis.gone = (globalThis.gone ?? []).concat(this.id)
    }
    attributeChangedCallback(name, before, after) { this.log.push(after) }
  }
  customElements.define('x-card', Card)
</script>`

const logs = (page: Patched) =>
  page.tab.evaluate(() =>
    Array.from(document.querySelectorAll('x-card'), (card) => (card as unknown as { log: string[] }).log.splice(0)),
  )

export const elements: Behaviour[] = [
  {
    name: '35 a custom element is disconnected when it is removed, and never else',
    async run(page) {
      const { tab, open, patch } = page
      const [first, ...rest] = around('<x-card id="x"><i>light</i></x-card>')
      await open(first as string, card)
      await mark(tab, 'x-card')
      expect(await logs(page)).toEqual([['connected']])
      await through(page, rest, async (html) => {
        expect(await marks(tab, 'x-card')).toEqual([0])
        expect(
          (await logs(page)).flat().filter((call) => call !== 'moved'),
          html,
        ).toEqual([])
      })
      const other = '<x-card id="x" value="1"><i>other</i></x-card>'
      await patch(`<div id="row">${other}</div><p>p</p>`)
      // Into another parent no browser brings it connected without `moveBefore`.
      if (page.moves) await patch(`${other}<p>p</p>`)
      const gone = () => (globalThis as { gone?: string[] }).gone ?? []
      expect(await tab.evaluate(gone)).toEqual([])
      await patch('<p>p</p>')
      expect(await tab.evaluate(gone)).toEqual(['x'])
    },
  },
  {
    name: '35 a custom element that must be moved hears connectedMoveCallback where there is one',
    async run(page) {
      const { tab, open, patch } = page
      const html = (...ids: string[]) => ids.map((id) => `<x-card id="${id}"></x-card>`).join('')
      await open(html('a', 'b'), card)
      await mark(tab, 'x-card')
      await logs(page)
      await patch(html('b', 'a'))
      expect(await marks(tab, 'x-card')).toEqual([1, 0])
      const heard = await logs(page)
      expect(heard.filter((calls) => calls.length)).toEqual([page.moves ? ['moved'] : ['disconnected', 'connected']])
    },
  },
  {
    name: '35 shadow roots are not touched, and what stands in their slots is patched',
    async run({ tab, open, patch }) {
      await open('<x-card id="x"><i>one</i></x-card>', card)
      await mark(tab, 'i')
      await tab.evaluate(() => {
        const { shadowRoot } = document.querySelector('x-card') as Element
        const page = Object.assign(globalThis, { shadow: shadowRoot as ShadowRoot, records: 0 })
        ;(page.shadow.querySelector('b') as Element).textContent = '5'
        new MutationObserver((records) => {
          page.records += records.length
        }).observe(page.shadow, { subtree: true, childList: true, attributes: true, characterData: true })
      })
      // What was done to it above is no longer seen.
      await tab.evaluate(() => Object.assign(globalThis, { records: 0 }).records)
      await patch('<x-card id="x" value="9"><i class="y">two</i><u>three</u></x-card>')
      const state = () => {
        const { shadow, records } = globalThis as unknown as { shadow: ShadowRoot; records: number }
        const slotted = shadow.querySelector('slot')?.assignedElements() ?? []
        return {
          same: document.querySelector('x-card')?.shadowRoot === shadow,
          html: shadow.innerHTML,
          slotted: slotted.map(({ outerHTML }) => outerHTML),
          records,
        }
      }
      expect(await tab.evaluate(state)).toEqual({
        same: true,
        html: '<b>5</b><slot></slot>',
        slotted: ['<i class="y">two</i>', '<u>three</u>'],
        records: 0,
      })
      expect(await marks(tab, 'i')).toEqual([0])
    },
  },
  {
    name: '35 a shadow root that the HTML declares is made once, and is no template in the light',
    async run({ tab, open, patch, mutations }) {
      const host = (text: string) =>
        `<div id="h"><template shadowrootmode="open"><b>shadow</b><slot></slot></template><i>${text}</i></div>`
      const state = () =>
        Array.from(document.querySelectorAll('#m > div'), ({ shadowRoot, innerHTML }) => [
          shadowRoot?.innerHTML,
          innerHTML,
        ])
      const shadow = '<b>shadow</b><slot></slot>'
      await open(host('1'))
      expect(await tab.evaluate(state), 'by the parser').toEqual([[shadow, '<i>1</i>']])
      await tab.evaluate(
        () => Object.assign(globalThis, { root: document.querySelector('#h')?.shadowRoot }).root !== null,
      )
      const same = () =>
        (globalThis as unknown as { root: ShadowRoot }).root === document.querySelector('#h')?.shadowRoot
      await mutations()
      await patch(host('1'))
      expect(await mutations()).toEqual([])
      await patch(host('2'))
      expect(await mutations()).toEqual(['characterData'])
      expect(await tab.evaluate(state)).toEqual([[shadow, '<i>2</i>']])
      await patch(`${host('3')}${host('new').replace('"h"', '"new"')}`)
      expect(await tab.evaluate(state), 'by a patch').toEqual([
        [shadow, '<i>3</i>'],
        [shadow, '<i>new</i>'],
      ])
      await mutations()
      await patch(`${host('3')}${host('newer').replace('"h"', '"new"')}`)
      expect(await mutations()).toEqual(['characterData'])
      expect(await tab.evaluate(same)).toBe(true)
    },
  },
]
