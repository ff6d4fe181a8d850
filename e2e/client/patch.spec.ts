import { expect, test } from '@playwright/test'
import { loadPatcher, type PatcherPage } from '../support/patcher.ts'
import { createRandom } from '../support/random.ts'

/** Pages that a mistake in pairing, order or moves would show in. */
const pages = process.env.PATELLA_FULL ? 3_000 : 300

for (const moves of ['with moveBefore', 'without moveBefore']) {
  test(`whatever page comes after whatever page, it is the one that was rendered, ${moves}`, async ({ page }) => {
    const { below } = createRandom('7')
    const random = () => below(1e6) / 1e6
    const texts = Array.from({ length: pages }, () => `<main id="root">${content(random, 3)}</main>`)
    await page.setContent('<main id="root"></main>')
    if (moves === 'without moveBefore') {
      await page.evaluate(() => Reflect.deleteProperty(Element.prototype, 'moveBefore'))
    }
    await loadPatcher(page)
    const wrong = await page.evaluate((texts) => {
      const patcher = (globalThis as unknown as PatcherPage).createPatcher()
      const template = document.createElement('template')
      for (const [index, text] of texts.entries()) {
        const root = document.querySelector('#root') as Element
        const before = root.outerHTML
        template.innerHTML = text
        patcher.patch(root, () => template.content.cloneNode(true).firstChild as Element, 0, text)
        if (root.outerHTML !== template.innerHTML) {
          return { index, before, wanted: template.innerHTML, found: root.outerHTML }
        }
      }
    }, texts)
    expect(wrong).toBeUndefined()
  })
}

function content(random: () => number, depth: number): string {
  const length = Math.floor(random() * 7)
  return Array.from({ length }, () => node(random, depth)).join(random() < 0.3 ? '\n' : '')
}

function node(random: () => number, depth: number): string {
  const pick = <T>(...from: T[]) => from[Math.floor(random() * from.length)] as T
  if (!depth || random() < 0.2) return pick('a', 'b', '<!--c-->', '<!--d-->', '<br>')
  const tag = pick('div', 'p', 'span', 'form', 'section', 'x-y')
  const id = random() < 0.5 ? ` id="${pick('a', 'b', 'c', 'd', 'e', 'f', 'g')}"` : ''
  const inside = tag === 'p' ? pick('x', 'y', '') : content(random, depth - 1)
  const field = pick(
    '',
    '',
    '<input name="childNodes">',
    `<input name="${pick('q', 'r')}" value="${pick(1, 2)}">`,
    `<select><option>${pick(1, 2)}</option><option value="2"${pick('', ' selected=""')}>2</option></select>`,
    `<template><b>${pick(1, 2)}</b></template>`,
    `<textarea>${pick('t', 'u')}</textarea>`,
    `<svg viewBox="0 0 ${pick(1, 2)} 1"><g id="h"></g></svg>`,
  )
  return `<${tag}${id}${pick('', ' class="x"', ' class="x y"', ' style="top: 1px;"')}>${inside}${tag === 'p' ? '' : field}</${tag}>`
}

test('of a large page only the element around the change is read, whatever that is', async ({ page }) => {
  const { below } = createRandom('11')
  const words = ['a', 'b &amp; c', '"', '&lt;i&gt;', '1', 'é', '😀', '']
  const word = () => words[below(words.length)]
  const cell = () => `<td class="${word()?.replace('"', '')}"><b>${word()}</b> ${word()}</td>`
  const rows = Array.from({ length: 400 }, (_, n) => ({ n, cells: [cell(), cell(), cell()] }))
  const markup = () =>
    `<main id="root"><table><tbody>${rows.map(({ n, cells }) => `<tr id="r${n}" title="t">${cells.join('')}</tr>`).join('')}</tbody></table></main>`
  const texts = Array.from({ length: 60 }, () => {
    const row = rows[below(rows.length)] as { cells: string[] }
    row.cells[below(3)] = cell()
    return markup()
  })
  await page.setContent('<main id="root"></main>')
  await loadPatcher(page)
  const result = await page.evaluate(async (texts) => {
    const patcher = (globalThis as unknown as PatcherPage).createPatcher()
    const template = document.createElement('template')
    const root = document.querySelector('#root') as Element
    const wrong: number[] = []
    let whole = 0
    for (const [index, text] of texts.entries()) {
      template.innerHTML = text
      const parse = () => {
        whole++
        return template.content.cloneNode(true).firstChild as Element
      }
      patcher.patch(root, parse, 0, text)
      if (root.outerHTML !== template.innerHTML) wrong.push(index)
      // What large pages need is fetched behind the first patch.
      await Promise.resolve()
    }
    return { wrong, whole }
  }, texts)
  // The first, and the one that comes before what it fetched.
  expect(result).toEqual({ wrong: [], whole: expect.any(Number) })
  expect(result.whole).toBeLessThanOrEqual(2)
})
