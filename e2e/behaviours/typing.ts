import type { Tab } from '../support/tabs/tab.ts'
import { type Behaviour, expect, type Patched } from './behaviour.ts'
import { blur, focused } from './focused.ts'
import { mark, values } from './page.ts'

/** Fields while a text is on its way: to the server and back, or through an input method editor. */
export const typing: Behaviour[] = [
  ...['<input id="q" value="">', '<textarea id="q"></textarea>'].flatMap((field): Behaviour[] => {
    const tag = field.slice(1, field.indexOf(' '))
    const q = (value: string) =>
      (tag === 'input'
        ? field.replace('value=""', `value="${value}"`)
        : `<textarea id="q">${value}</textarea>`
      ).replace(' id', ' data-reflex="input->search#q" id')
    const page = (value: string) => `${q(value)}<p>${value}</p><input id="other">`
    return [
      ...[false, true].map(
        (left): Behaviour => ({
          name: `17 ${tag}: older values that come back never replace what was typed${left ? ', nor when it was left' : ''}`,
          async run({ tab, open, patch, sent, reply }) {
            await open(page(''))
            await tab.click('#q')
            const numbers: number[] = []
            const type = async (text: string) => {
              await tab.type(text)
              for (const _ of text) numbers.push(await sent())
            }
            await type('app')
            await reply(numbers[0] as number, page('a'))
            expect(await values(tab, '#q')).toEqual(['app'])
            await type('le')
            if (left) await tab.click('#other')
            for (const [index, n] of numbers.slice(1).entries()) {
              await reply(n, page('apple'.slice(0, index + 2)))
              expect(await values(tab, '#q')).toEqual(['apple'])
            }
            expect(await tab.evaluate(() => document.querySelector('p')?.textContent)).toBe('apple')
            // Not for ever: what the server says after it has seen all of it comes.
            await blur(tab)
            await patch(page('pear'))
            expect(await values(tab, '#q')).toEqual(['pear'])
          },
        }),
      ),
      {
        name: `17 ${tag}: an older value does not replace it when another element asked, and the user has gone on and left`,
        async run(patched) {
          const { tab, patch } = patched
          const page = (value: string) =>
            `${q(value).replace(/ data-reflex="\S+"/, '')}<button id="b" data-reflex="search#go">go</button>`
          await goOn(patched, page)
          await patch(page('pear'))
          expect(await values(tab, '#q')).toEqual(['pear'])
        },
      },
      {
        name: `17 ${tag} in a form: an older value does not replace what was typed after it was sent, nor when it was left`,
        async run(patched) {
          const page = (value: string) =>
            `<form data-reflex="search#go">${q(value).replace(/ data-reflex="\S+"/, '')}<button id="b">go</button></form>`
          await goOn(patched, page)
        },
      },
    ]
  }),
  ...['<input id="i">', '<textarea id="i"></textarea>', '<div id="i" contenteditable="true"></div>'].flatMap(
    (plain): Behaviour[] => {
      const field = plain.replace(' id', ' data-reflex="input->search#q" id')
      const tag = plain.slice(1, plain.indexOf(' '))
      return ['before the compositionend', 'behind it as well'].map((last) => ({
        name: `18 ${tag}: a composition is not touched and sends nothing, its end sends once; the last input is ${last}`,
        async run(page) {
          const { tab, open, patch, mutations, sent, reply, html } = page
          await open(`${field}<p>a</p>`)
          await mark(tab, '#i')
          await tab.click('#i')
          await compose(tab, ['n', 'に', 'にほ'])
          await mutations()
          const given = field.replace('id', 'class="x" title="t" id')
          // Only what stands beside it: the text, and a node.
          await patch(`${given}<p>b</p>`)
          expect(await mutations()).toEqual(['characterData'])
          await patch(`<h1>h</h1>${given}<p>b</p>`)
          expect(await mutations()).toEqual(['childList'])
          await compose(tab, ['にほん'])
          await patch('<p>c</p>')
          expect(await text(tab)).toBe('にほん')
          await patch(`${given}<p>b</p>`)
          expect(await text(tab)).toBe('にほん')
          expect(await tab.evaluate(() => document.querySelector('#i')?.className)).toBe('')
          expect(page.connection.waiting).toBe(0)
          await compose(tab, ['日本'], last)
          const n = await sent()
          // Whatever else it would send it has sent by then.
          await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve)))
          await page.connection.ping()
          expect(page.connection.waiting).toBe(0)
          await reply(n, `${given}<p>b</p>`)
          expect(await focused(tab)).toMatchObject({ is: 'i', mark: 0 })
          expect(await text(tab)).toBe('日本')
          // What is edited as a whole waits until it is left.
          expect(await tab.evaluate(() => document.querySelector('#i')?.className)).toBe(tag === 'div' ? '' : 'x')
          expect(await html()).toContain('<p>b</p>')
        },
      }))
    },
  ),
  {
    name: '18 a field that the server renders no more stays for its composition, and goes at its end',
    async run({ tab, open, patch, html }) {
      await open('<div><p>a</p><input id="i"></div>')
      await tab.click('#i')
      await compose(tab, ['に'])
      await patch('<h1>b</h1>')
      expect(await text(tab)).toBe('に')
      expect(await html()).toContain('<h1>b</h1>')
      await compose(tab, ['日'], 'before the compositionend')
      expect(await html()).toBe('<h1>b</h1>')
    },
  },
]

/** The user types a word, presses the button, types on and leaves the field; only then comes the answer, with what was sent. */
async function goOn({ tab, open, sent, reply }: Patched, page: (value: string) => string): Promise<void> {
  await open(page(''))
  await tab.click('#q')
  await tab.type('app')
  await tab.click('#b')
  const n = await sent()
  await tab.click('#q')
  await tab.press('End')
  await tab.type('le')
  await blur(tab)
  await reply(n, page('app'))
  expect(await values(tab, '#q')).toEqual(['apple'])
}

/** As an input method editor: the text of the field becomes each of these; `last` ends the composition. */
function compose(tab: Tab, texts: string[], last?: string): Promise<void> {
  return tab.evaluate(
    ({ texts, last }) => {
      const field = document.querySelector('#i') as HTMLInputElement & { composing?: boolean }
      const dispatch = (type: string, data: string) =>
        field.dispatchEvent(new CompositionEvent(type, { bubbles: true, data }))
      const input = (isComposing: boolean) =>
        field.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing, inputType: 'insertCompositionText' }))
      if (!field.composing) dispatch('compositionstart', '')
      field.composing = true
      for (const text of texts) {
        dispatch('compositionupdate', text)
        if (field.isContentEditable) field.textContent = text
        else field.value = text
        input(true)
      }
      if (!last) return
      field.composing = false
      dispatch('compositionend', texts.at(-1) ?? '')
      if (last.startsWith('behind')) input(false)
    },
    { texts, last },
  )
}

function text(tab: Tab): Promise<string | undefined> {
  return tab.evaluate(() => {
    const field = document.querySelector('#i') as HTMLInputElement | null
    return field?.value ?? field?.textContent
  })
}
