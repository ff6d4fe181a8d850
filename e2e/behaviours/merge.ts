import { type Behaviour, expect } from './behaviour.ts'
import { fetchedMore, mark, marks, texts, values } from './page.ts'

export const merge: Behaviour[] = [
  {
    name: '36 classes that scripts added or took stay so, each by itself',
    async run({ tab, open, patch, mutations }) {
      const html = (classes: string, note = '') => `<p id="x" class="${classes}">${note}</p>`
      const tokens = () => tab.evaluate(() => [...(document.querySelector('#x') as Element).classList].sort().join(' '))
      await open(html('a b'))
      await tab.evaluate(() => {
        const { classList } = document.querySelector('#x') as Element
        classList.add('mine')
        classList.remove('b')
      })
      await mutations()
      await patch(html('a b', 'note'))
      expect([await tokens(), ...(await mutations())]).toEqual(['a mine', 'childList'])
      await patch(html('a b c', 'note'))
      expect(await tokens()).toBe('a c mine')
      await patch(html('c', 'note'))
      expect(await tokens()).toBe('c mine')
      await patch(html('b', 'note'))
      expect(await tokens()).toBe('b mine')
      await patch('<p id="x">note</p>')
      expect(await tokens()).toBe('mine')
    },
  },
  {
    name: '36 styles that scripts set or took stay so, each by itself',
    async run({ tab, open, patch, mutations }) {
      const html = (style: string, note = '') => `<p id="x" style="${style}">${note}</p>`
      const styles = () =>
        tab.evaluate(() => {
          const { style } = document.querySelector('#x') as HTMLElement
          const names = ['color', 'left', 'margin-top', 'top', '--mine', '--theirs']
          return names.map((name) => style.getPropertyValue(name) + style.getPropertyPriority(name)).join()
        })
      await open(html('color: red; margin: 1px; top: 1px; --theirs: 1'))
      await tab.evaluate(() => {
        const { style } = document.querySelector('#x') as HTMLElement
        style.left = '5px'
        style.setProperty('--mine', '1')
        style.top = ''
      })
      await mutations()
      await patch(html('color: red; margin: 1px; top: 1px; --theirs: 1', 'note'))
      expect([await styles(), ...(await mutations())]).toEqual(['red,5px,1px,,1,1', 'childList'])
      await patch(html('color: blue !important; margin: 2px; top: 1px; --theirs: 2', 'note'))
      expect(await styles()).toBe('blueimportant,5px,2px,,1,2')
      await patch(html('top: 3px', 'note'))
      expect(await styles()).toBe(',5px,,3px,1,')
      await patch('<p id="x">note</p>')
      expect(await styles()).toBe(',5px,,,1,')
    },
  },
  {
    name: '36 attributes that scripts set or took stay so, until the server changes them',
    async run({ tab, open, patch, mutations }) {
      const html = (attributes: string, note = '') => `<p id="x" ${attributes}>${note}</p>`
      const read = () =>
        tab.evaluate(() =>
          ['title', 'lang', 'data-mine', 'aria-expanded', 'hidden'].map((name) =>
            document.querySelector('#x')?.getAttribute(name),
          ),
        )
      await open(html('title="a" lang="en" aria-expanded="false"'))
      await tab.evaluate(() => {
        const element = document.querySelector('#x') as HTMLElement
        element.dataset.mine = '1'
        element.removeAttribute('lang')
        element.setAttribute('aria-expanded', 'true')
        element.hidden = true
      })
      await mutations()
      await patch(html('title="a" lang="en" aria-expanded="false"', 'note'))
      expect([...(await read()), ...(await mutations())]).toEqual(['a', null, '1', 'true', '', 'childList'])
      await patch(html('title="b" lang="en" aria-expanded="false"', 'note'))
      expect([...(await read()), ...(await mutations())]).toEqual(['b', null, '1', 'true', '', 'attributes title'])
      await patch(html('lang="de" aria-expanded="mixed" hidden', 'note'))
      expect(await read()).toEqual([null, 'de', '1', 'mixed', ''])
      await patch(html('lang="de"', 'note'))
      expect(await read()).toEqual([null, 'de', '1', null, null])
    },
  },
  {
    name: '36 what a script put beside the server’s elements stays, and what it took stays away',
    async run({ tab, open, patch }) {
      await open('<ul><li id="a">a</li><li id="b">b</li></ul>')
      await tab.evaluate(() => {
        document.querySelector('#a')?.after(Object.assign(document.createElement('li'), { textContent: 'mine' }))
        document.querySelector('#b')?.remove()
      })
      await patch('<ul><li id="new">new</li><li id="a">a2</li><li id="b">b</li></ul>')
      expect(await texts(tab, 'li')).toEqual(['new', 'a2', 'mine'])
      await patch('<ul><li id="new">new</li><li id="a">a2</li><li id="b">b2</li></ul>')
      expect((await texts(tab, 'li')).toSorted()).toEqual(['a2', 'b2', 'mine', 'new'])
    },
  },
  {
    name: '37 what is permanent is not touched, with an id or without',
    async run({ tab, open, patch }) {
      const kept = (n: number) => `<div data-reflex-permanent><b>${n}</b></div>`
      const named = (n: number) => `<div id="k" class="c${n}" data-reflex-permanent><input value="${n}"></div>`
      const plain = (n: number) => `<div>${n}</div>`
      await open(`<section class="s1">${plain(1)}${kept(1)}${named(1)}</section>`)
      await mark(tab, '[data-reflex-permanent]')
      await tab.evaluate(() => {
        const page = Object.assign(globalThis, { records: [] as string[] })
        for (const element of document.querySelectorAll('[data-reflex-permanent]')) {
          element.append('script')
          const observer = new MutationObserver((all) => page.records.push(...all.map(({ type }) => type)))
          observer.observe(element, { subtree: true, childList: true, attributes: true, characterData: true })
        }
      })
      for (const html of [
        `<section class="s2">${plain(2)}${kept(2)}${named(2)}</section>`,
        `<section class="s2"><p>new</p>${kept(2)}${plain(3)}${named(3)}${plain(4)}</section>`,
        `<section class="s2">${plain(3)}${named(4)}${kept(4)}</section>`,
        `<section class="s2">${plain(3)}</section>`,
      ]) {
        await patch(html)
        const state = () => [
          Array.from(document.querySelectorAll('[data-reflex-permanent]'), ({ outerHTML }) => outerHTML).sort(),
          (globalThis as unknown as { records: string[] }).records,
        ]
        const named1 = named(1).replace('permanent', 'permanent=""').replace('</div>', 'script</div>')
        const kept1 = kept(1).replace('permanent', 'permanent=""').replace('</div>', 'script</div>')
        expect(await tab.evaluate(state), html).toEqual([[kept1, named1], []])
        expect((await marks(tab, '[data-reflex-permanent]')).toSorted()).toEqual([0, 1])
      }
      expect(await texts(tab, 'section > :not([data-reflex-permanent])')).toEqual(['3'])
    },
  },
  {
    name: '37 data-reflex-morph="ignore" is not touched, whatever the server renders in it',
    async run({ tab, open, patch, mutations }) {
      const html = (n: number) =>
        `<p>${n}</p><div class="c${n}" data-n="${n}" data-reflex-morph="ignore"><b>${n}</b></div>`
      await open(html(1))
      await mark(tab, 'div')
      await mutations()
      await patch(html(2))
      expect(await mutations()).toEqual(['characterData'])
      await patch(`<i>new</i>${html(3)}`)
      expect(await tab.evaluate(() => document.querySelector('#m div')?.outerHTML)).toBe(
        '<div class="c1" data-n="1" data-reflex-morph="ignore"><b>1</b></div>',
      )
      expect(await marks(tab, '#m div')).toEqual([0])
      await patch('<p>3</p>')
      expect(await texts(tab, '#m > *'), 'it goes when it is not rendered').toEqual(['3'])
    },
  },
  {
    name: '37 data-reflex-morph="client" has the page’s side win where both have changed something',
    async run({ tab, open, patch }) {
      const html = (n: number) =>
        `<div data-reflex-morph="client"><p id="p" title="${n}" lang="x${n}">${n}</p><input id="i" value="${n}">
        <input id="clean" value="${n}"></div><input id="outside" value="${n}"><button id="out">out</button>`
      await open(html(1))
      await tab.evaluate(() => document.querySelector('#p')?.setAttribute('title', 'mine'))
      for (const id of ['i', 'outside']) {
        await tab.click(`#${id}`)
        await tab.press('End')
        await tab.type('!')
      }
      await tab.click('#out')
      await patch(html(2))
      expect(await values(tab, '#i, #clean, #outside')).toEqual(['1!', '2', '2'])
      const read = () => {
        const { title, lang, textContent } = document.querySelector('#p') as HTMLElement
        return [title, lang, textContent]
      }
      expect(await tab.evaluate(read)).toEqual(['mine', 'x2', '2'])
    },
  },
  {
    name: '37 data-reflex-morph="server" is as the server renders it, to the letter',
    async run({ tab, open, patch }) {
      const html = (n: number) => `<div id="s" class="a" data-reflex-morph="server"><p>text</p><input value="v">
        <input type="checkbox"><select><option>a</option><option>b</option></select></div><p id="n">${n}</p>`
      await open(html(1))
      await fetchedMore(tab)
      for (const n of [2, 3]) {
        await tab.click('#s input')
        await tab.press('End')
        await tab.type('!')
        await tab.click('[type=checkbox]')
        await tab.evaluate(() => {
          const box = document.querySelector('#s') as HTMLElement
          box.classList.add('mine')
          box.style.top = '1px'
          box.append('script')
          box.querySelector('p')?.remove()
          ;(box.querySelector('select') as HTMLSelectElement).selectedIndex = 1
        })
        await patch(html(n))
        expect(await tab.evaluate(() => document.querySelector('#m')?.innerHTML)).toBe(html(n))
        expect(await values(tab, '#s input, #s select')).toEqual(['v', false, 'a'])
      }
    },
  },
]
