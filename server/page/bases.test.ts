import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBaselines } from '../../client/baseline.ts'
import { applyDelta, checksum } from '../../protocol/delta.ts'
import { createBases, type PatchFigures } from './bases.ts'
import { createSwapTeller } from './swaps.ts'
import { createTexts } from './texts.ts'

const root = (count: number) => `<main id="main" data-reflex-root><p>Count: ${count}</p></main>`

function open(limit = 1_000_000) {
  const texts = createTexts(limit)
  const figures: PatchFigures = { full: 0, deltas: 0, disagreements: 0 }
  const said: string[] = []
  const bases = () => createBases(texts, figures, createSwapTeller({ warn: (line) => said.push(line) }))
  return { texts, figures, bases, said }
}

test('the first text is whole, the next one a delta against it, as the protocol shows it', () => {
  const { bases, figures } = open()
  const tab = bases()
  expect(tab.patches(3, [['main', root(41)]], false)).toEqual([['main', root(41)]])
  const [patch] = tab.patches(4, [['main', root(42)]], false)
  expect(JSON.stringify([4, [patch]])).toBe('[4,[[0,1,"sBB2CA","Z9eD6"]]]')
  expect(applyDelta(root(41), 'sBB2CA')).toBe(root(42))
  expect(checksum(root(42))).toBe('Z9eD6')
  expect(figures).toEqual({ full: 1, deltas: 1, disagreements: 0 })
})

test('each root has its own base, wherever it stood; what is the same costs nothing but its sum', () => {
  const tab = open().bases()
  tab.patches(
    1,
    [
      ['a', root(1)],
      ['b', `${root(2)} b`],
    ],
    false,
  )
  tab.patches(2, [['b', `${root(3)} b`]], false)
  expect(
    tab.patches(
      5,
      [
        ['a', root(1)],
        ['b', `${root(4)} b`],
      ],
      false,
    ),
  ).toEqual([
    [0, 4, '', checksum(root(1))],
    [0, 3, expect.any(String), checksum(`${root(4)} b`)],
  ])
})

test('rows that come back are taken from what was before the last text', () => {
  const tab = open().bases()
  const rows = (from: number, to: number) =>
    Array.from(
      { length: to - from },
      (_, n) => `<li id="row-${from + n}">${'abc'.repeat((from + n) % 7)} ${from + n}</li>`,
    ).join('')
  tab.patches(1, [['list', rows(0, 300)]], false)
  tab.patches(2, [['list', rows(0, 20)]], false)
  const [patch] = tab.patches(3, [['list', rows(0, 300)]], false)
  expect(patch).toEqual([0, 2, '', checksum(rows(0, 300))])
})

test('nobody is given a delta against what another connection was sent, and each has at most four texts of a root', () => {
  const { bases, texts } = open()
  const [one, other] = [bases(), bases()]
  one.patches(1, [['main', root(1)]], false)
  expect(other.patches(1, [['main', root(2)]], false)).toEqual([['main', root(2)]])
  expect(other.patches(2, [['main', root(1)]], false)[0]).toHaveLength(4)
  expect(texts.figures.texts).toBe(2)
})

test('after a disagreement all is whole once, the title too, and counted', () => {
  const { bases, figures } = open()
  const tab = bases()
  tab.title('/', 'A')
  tab.patches(1, [['main', root(1)]], false)
  expect(tab.patches(2, [['main', root(2)]], true)).toEqual([['main', root(2)]])
  expect(tab.title('/', 'A')).toBe('A')
  expect(tab.patches(3, [['main', root(3)]], false)[0]).toHaveLength(4)
  expect(figures.disagreements).toBe(1)
})

test('a reply is sent once more as it was, as long as its texts are kept', () => {
  const { bases } = open(2_000)
  const tab = bases()
  tab.patches(1, [['main', root(1)]], false)
  tab.patches(2, [['main', root(2)]], false, { status: 'ok' })
  expect(tab.recall(2)).toEqual({ texts: [['main', root(2)]], rest: { status: 'ok' } })
  expect(tab.recall(3)).toBeUndefined()
  bases().patches(1, [['main', 'x'.repeat(990)]], false)
  expect(tab.recall(2)).toBeUndefined()
})

test('a server and a tab keep the same texts, whatever comes', () => {
  const text = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    size: fc.constantFrom(10, 300_000, 900_000, 2_500_000),
    fill: fc.constantFrom('x', 'y'),
  })
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { maxLength: 12 }), (replies) => {
      const { bases } = open(1_000_000_000)
      const [tab, browser] = [bases(), createBaselines()]
      for (const [n, list] of replies.entries()) {
        const texts = list.map(({ name, size, fill }): [string, string] => [name, `${fill.repeat(size)}${n}`])
        const wire = JSON.parse(JSON.stringify(tab.patches(n + 1, texts, false)))
        expect(browser.read(n + 1, wire) !== undefined).toBe(true)
      }
    }),
    { numRuns: 15 },
  )
})

test('texts take so many bytes and no more; what made room is no base', () => {
  const { bases, texts } = open(500)
  const tab = bases()
  tab.patches(1, [['main', root(1)]], false)
  for (let n = 2; n < 20; n++) bases().patches(1, [['main', root(n)]], false)
  expect(texts.figures.bytes).toBeLessThanOrEqual(500)
  expect(tab.patches(2, [['main', root(1)]], false)).toEqual([['main', root(1)]])
})

test('a title travels when the tab does not show it', () => {
  const tab = open().bases()
  expect(tab.title('/a', 'A')).toBe('A')
  expect(tab.title('/a', 'A')).toBeUndefined()
  expect(tab.title('/b', 'A')).toBe('A')
  expect(tab.title('/b', undefined)).toBeUndefined()
  expect(tab.title('/b', 'B')).toBe('B')
})

test('a value that is another one in each render is named once, with what it stands in', () => {
  const { bases, said } = open()
  const tab = bases()
  const form = (n: number) => `<form><input name="_csrf" value="token-${'abcdefgh'[n]?.repeat(20)}"></form>`
  for (let n = 0; n < 6; n++) {
    const [patch] = tab.patches(n + 1, [['list', form(n).repeat(50)]], false)
    expect(JSON.stringify(patch).length).toBeLessThan(n === 0 ? 10_000 : 150)
  }
  // One that changed now and then is none.
  const other = bases()
  for (let n = 0; n < 12; n++) other.patches(n + 1, [['rare', form(n >> 1).repeat(50)]], false)
  expect(said).toEqual([
    expect.stringContaining('In "list" a value is another in each render: <input name="_csrf" value="…'),
  ])
})
