import { around, through } from './around.ts'
import { type Behaviour, expect, until } from './behaviour.ts'
import { controllers } from './controllers.ts'
import { elements } from './elements.ts'
import { playing } from './media.ts'
import { merge } from './merge.ts'
import { mark, marks, texts, values } from './page.ts'
import { scripts } from './scripts.ts'

const surface: Behaviour[] = [
  {
    name: '31 details that the user opened or closed stay so, until the server renders them otherwise',
    async run({ tab, open, patch }) {
      const html = (text: string, one: string, two: string) =>
        `<details id="one"${one}><summary>${text}</summary>${text}</details><details id="two"${two}><summary>s</summary>${text}</details>`
      const opened = () =>
        tab.evaluate(() => Array.from(document.querySelectorAll('details'), (details) => details.open))
      await open(html('1', '', ' open'))
      await mark(tab, 'details')
      await tab.click('#one summary')
      await tab.click('#two summary')
      await patch(html('2', '', ' open'))
      expect(await opened()).toEqual([true, false])
      expect(await texts(tab, '#one summary')).toEqual(['2'])
      await patch(html('3', ' open', ''))
      expect(await opened()).toEqual([true, false])
      await patch(html('4', '', ' open'))
      expect(await opened()).toEqual([false, true])
      expect(await marks(tab, 'details')).toEqual([0, 1])
    },
  },
  {
    name: '31 a dialog that was opened as modal stays modal, wherever it goes',
    async run(page) {
      const { tab, open } = page
      const [first, ...rest] = around('<dialog id="d"><p>x</p><input id="i"></dialog>')
      await open(first as string)
      await mark(tab, 'dialog')
      await tab.evaluate(() => {
        const dialog = document.querySelector('dialog') as HTMLDialogElement
        Object.assign(globalThis, { closings: 0 })
        dialog.addEventListener('close', () => (globalThis as unknown as { closings: number }).closings++)
        dialog.showModal()
      })
      await tab.click('#i')
      await tab.type('typed')
      await through(page, rest, async (html) => {
        const state = () => [
          document.querySelector('dialog')?.matches(':modal[open]'),
          (globalThis as unknown as { closings: number }).closings,
          document.activeElement?.id,
        ]
        expect(await tab.evaluate(state), html).toEqual([true, 0, 'i'])
        expect([...(await marks(tab, 'dialog')), ...(await values(tab, '#i'))]).toEqual([0, 'typed'])
      })
    },
  },
  {
    name: '31 a popover that the user opened stays open, wherever it goes',
    async run(page) {
      const { tab, open } = page
      const [first, ...rest] = around('<div id="pop" popover="manual">x</div>').map(
        (html) => `<button popovertarget="pop">open</button>${html}`,
      )
      await open(first as string)
      await mark(tab, '#pop')
      await tab.click('button')
      await through(page, rest, async (html) => {
        const shown = () => document.querySelector('#pop')?.matches(':popover-open')
        expect([await tab.evaluate(shown), ...(await marks(tab, '#pop'))], html).toEqual([true, 0])
      })
    },
  },
  {
    name: '31 a modal dialog that the server closes leaves no backdrop',
    async run({ tab, open, patch }) {
      const html = (attributes: string) =>
        `<button id="behind">behind</button><dialog id="d"${attributes}>text</dialog>`
      await open(html(' open'))
      await tab.evaluate(() => {
        const page = Object.assign(globalThis as object, { clicked: 0 })
        const dialog = document.querySelector('dialog') as HTMLDialogElement
        dialog.close()
        dialog.showModal()
        document.querySelector('button')?.addEventListener('click', () => page.clicked++)
      })
      await patch(html(''))
      const state = () => {
        const dialog = document.querySelector('dialog') as HTMLDialogElement
        return [dialog.open, dialog.matches(':modal')]
      }
      expect(await tab.evaluate(state)).toEqual([false, false])
      await tab.click('#behind')
      expect(await tab.evaluate(() => (globalThis as unknown as { clicked: number }).clicked)).toBe(1)
      // A dialog whose attribute alone had gone would refuse.
      await tab.evaluate(() => document.querySelector('dialog')?.showModal())
      expect(await tab.evaluate(state)).toEqual([true, true])
    },
  },
  {
    name: '32 what was scrolled stays scrolled, in both directions, when its content changes and when it goes elsewhere',
    async run(page) {
      const { tab, open, patch } = page
      const scroller = (id: string, note: string) =>
        `<div id="${id}" style="height: 100px; width: 100px; overflow: auto">
          <div style="height: 2000px; width: 2000px">${note}</div></div>`
      const html = (note: string, ...order: string[]) => order.map((id) => scroller(id, note)).join('')
      const places = () =>
        tab.evaluate(() =>
          ['s', 't'].map((id) => document.getElementById(id)).map((box) => [box?.scrollLeft, box?.scrollTop]),
        )
      await open(html('1', 's', 'x', 't'))
      await mark(tab, '#s, #t')
      await tab.evaluate(async () => {
        for (const [id, left, top] of [
          ['s', 30, 400],
          ['t', 50, 600],
        ] as const) {
          const box = document.getElementById(id) as HTMLElement
          const scrolled = new Promise((resolve) => box.addEventListener('scroll', resolve, { once: true }))
          box.scrollTo(left, top)
          await scrolled
        }
      })
      const kept = [
        [30, 400],
        [50, 600],
      ]
      expect(await places()).toEqual(kept)
      for (const [note, ...order] of [
        ['2', 's', 'x', 't'],
        ['2', 't', 'x', 's'],
        ['3', 'y', 's', 't', 'z'],
        ['3', 't', 's'],
      ] as [string, ...string[]][]) {
        await patch(html(note, ...order))
        expect(await places(), String(order)).toEqual(kept)
      }
      await patch(`<section>${html('3', 's')}</section><article>${html('3', 't')}</article>`)
      expect(await places(), 'in other parents').toEqual(kept)
      expect(await marks(tab, '#s, #t')).toEqual([0, 1])
    },
  },
  {
    name: '32 what is seen in a scroller stays in its place when rows come before it',
    except: { webkit: 'it has no scroll anchoring: https://bugs.webkit.org/show_bug.cgi?id=171099' },
    async run({ tab, open, patch }) {
      const rows = (from: number) =>
        Array.from(
          { length: 100 - from },
          (_, n) => `<p id="r${n + from}" style="height: 20px; margin: 0">${n + from}</p>`,
        )
      const html = (from: number) => `<div id="s" style="height: 100px; overflow: auto">${rows(from).join('')}</div>`
      await open(html(20))
      await tab.evaluate(async () => {
        const box = document.getElementById('s') as HTMLElement
        const scrolled = new Promise((resolve) => box.addEventListener('scroll', resolve, { once: true }))
        box.scrollTop = 410
        await scrolled
        // A browser chooses what it holds on to when it has painted.
        await new Promise(requestAnimationFrame)
        await new Promise(requestAnimationFrame)
      })
      const place = () => {
        const [box, row] = ['s', 'r41'].map((id) => document.getElementById(id)?.getBoundingClientRect().top ?? 0)
        return (row as number) - (box as number)
      }
      const before = await tab.evaluate(place)
      await patch(html(0))
      await until(tab, () => document.getElementById('s')?.scrollTop !== 410)
      expect(await tab.evaluate(place)).toBe(before)
    },
  },
]

const motion: Behaviour[] = [
  {
    name: '34 running animations and transitions go on as the same objects',
    async run(page) {
      const { tab, open } = page
      const style = `<style>@keyframes turn { to { rotate: 1turn } } #x.on { animation: turn 1000s linear; opacity: 0.5 }
        #x { transition: opacity 1000s }</style>`
      const [first, ...rest] = around('<b id="x" class="on">x</b>')
      await open((first as string).replace(' class="on"', ' class="off"'), style)
      await mark(tab, '#x')
      await tab.evaluate(() => getComputedStyle(document.querySelector('#x') as Element).opacity)
      await page.patch(first as string)
      const running = await tab.evaluate(() => {
        const animations = (document.querySelector('#x') as Element).getAnimations()
        Object.assign(globalThis, { animations })
        return animations.map((animation) => animation.constructor.name).sort()
      })
      expect(running).toEqual(['CSSAnimation', 'CSSTransition'])
      await through(page, rest, async (html) => {
        const same = () => {
          const { animations } = globalThis as unknown as { animations: Animation[] }
          const now = (document.querySelector('#x') as Element).getAnimations()
          return [now.length, ...animations.map((one) => now.includes(one) && one.playState)]
        }
        expect(await tab.evaluate(same), html).toEqual([2, 'running', 'running'])
      })
      expect(await marks(tab, '#x')).toEqual([0])
    },
  },
  {
    name: '34 a class or a style that the server changes on a kept element makes a transition',
    async run({ tab, open, patch }) {
      await open('<b id="x" class="off">x</b>', '<style>#x { transition: all 1000s } #x.on { opacity: 0.5 }</style>')
      const moving = () =>
        tab.evaluate(() =>
          (document.querySelector('#x') as Element)
            .getAnimations()
            .map((animation) => (animation as CSSTransition).transitionProperty)
            .sort(),
        )
      expect(await moving()).toEqual([])
      await patch('<b id="x" class="on">x</b>')
      expect(await moving()).toEqual(['opacity'])
      await patch('<b id="x" class="on" style="top: 0; rotate: 10deg">x</b>')
      expect(await moving()).toEqual(['opacity', 'rotate'])
    },
  },
]

const selection: Behaviour[] = [
  {
    name: '38 a selection of text stays over what changes beside it',
    async run(page) {
      const { tab, open, patch } = page
      const [first, ...rest] = around('<p id="x" class="c">some words here</p>')
      await open(first as string)
      await tab.evaluate(() => {
        const text = document.querySelector('#x')?.firstChild as Text
        document.getSelection()?.setBaseAndExtent(text, 5, text, 10)
        Object.assign(globalThis, { text })
      })
      const selected = () => {
        const { anchorNode, anchorOffset, focusOffset } = document.getSelection() as Selection
        const same = anchorNode === (globalThis as unknown as { text: Text }).text
        return [String(document.getSelection()), same, anchorOffset, focusOffset]
      }
      await through(page, rest, async (html) =>
        expect(await tab.evaluate(selected), html).toEqual(['words', true, 5, 10]),
      )
      await patch((first as string).replace('"c"', '"d" title="t"'))
      expect(await tab.evaluate(selected)).toEqual(['words', true, 5, 10])
    },
  },
  {
    name: '38 a selection over several elements stays while rows around them change',
    async run({ tab, open, patch }) {
      const row = (id: string) => `<p id="${id}">${id}${id}${id}</p>`
      await open(['a', 'b', 'c', 'd'].map(row).join(''))
      await tab.evaluate(() => {
        const [b, c] = ['b', 'c'].map((id) => document.getElementById(id)?.firstChild as Text)
        document.getSelection()?.setBaseAndExtent(b as Text, 1, c as Text, 2)
      })
      for (const order of ['xabcd', 'bcd', 'dbca', 'bc']) {
        await patch([...order].map(row).join(''))
        const selected = () => String(document.getSelection()).replace(/\s/g, '')
        expect(await tab.evaluate(selected), order).toBe('bbcc')
      }
    },
  },
]

export const state: Behaviour[] = [
  ...surface,
  ...playing,
  ...motion,
  ...elements,
  ...merge,
  ...selection,
  ...scripts,
  ...controllers,
]
