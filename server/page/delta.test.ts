import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyDelta, checksum } from '../../protocol/delta.ts'
import { createDelta } from './delta.ts'

const make = (base: string, text: string): string => {
  const delta = createDelta(base, text)
  return delta ? applyDelta(base, delta.ops, delta.swaps) : text
}
const sizeOf = (base: string, text: string): number => {
  const { ops, swaps } = createDelta(base, text) ?? { ops: text, swaps: [] }
  expect(applyDelta(base, ops, swaps)).toBe(text)
  return ops.length + swaps.join('').length
}

/** The table of the peers' benchmark: 1,000 rows. */
const row = (id: number, cents: number) =>
  `<tr id="row-${id}"><td>${id}</td><td>${first[id % 10]} ${last[Math.floor(id / 10) % 10]}</td><td>user${id}@example.com</td><td>${(cents / 100).toFixed(2)}</td><td>${states[id % 3]}</td></tr>`
const first = ['Alice', 'Bruno', 'Carla', 'David', 'Elena', 'Frank', 'Greta', 'Hugo', 'Irene', 'Jonas']
const last = ['Almeida', 'Becker', 'Castillo', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Hansen', 'Ivanov', 'Jensen']
const states = ['active', 'pending', 'closed']
const amountOf = (id: number) => 10_000 + ((id * 7_919) % 90_000)
const ids = Array.from({ length: 1_000 }, (_, n) => n + 1)
const table = (rows: readonly string[]) => `<div id="main"><table><tbody>${rows.join('')}</tbody></table></div>`
const rows = ids.map((id) => row(id, amountOf(id)))

describe('a delta', () => {
  test.each([
    ['', ''],
    ['', 'a'],
    ['a', ''],
    ['abc', 'abc'],
    ['abc', 'abcdef'],
    ['abcdef', 'abc'],
    ['abcdef', 'def'],
    ['count:9', 'count:10'],
    ['x'.repeat(40), 'x'.repeat(100)],
    ['\u{1f40e}a', '\u{1f40f}a'],
  ])('of %j to %j', (base, text) => expect(make(base, text)).toBe(text))

  test('makes any text of any other', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(...rows.slice(0, 20), '<td>', 'A', '"'),
    )
    const page = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(page, page, (base, text) => {
        expect(make(base, text)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
  })

  test('makes any edit of a page: pieces that move, go, come again and change', () => {
    const edits = fc.array(
      fc.record({ what: fc.constantFrom('move', 'drop', 'copy', 'change'), from: fc.nat(199), to: fc.nat(199) }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(edits, (list) => {
        const edited = rows.slice(0, 200)
        for (const { what, from, to } of list) {
          const [one = ''] = what === 'copy' ? [edited[from]] : edited.splice(from, what === 'change' ? 0 : 1)
          if (what === 'move' || what === 'copy') edited.splice(to, 0, one)
          if (what === 'change') edited[from] = edited[from]?.replace(/\d\d</, '00<') ?? ''
        }
        const [base, text] = [table(rows.slice(0, 200)), table(edited)]
        expect(make(base, text)).toBe(text)
        expect(sizeOf(base, text)).toBeLessThan(100 + list.length * 30)
      }),
      { numRuns: 300 },
    )
  })

  test('of a base that is not its own makes what its checksum tells, and never throws or hangs', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 60 }), (base, delta) => {
        expect(checksum(applyDelta(base, delta))).toMatch(/^[\w-]{5}$/)
      }),
      { numRuns: 5_000 },
    )
  })

  test('costs little on the pages of the benchmark', () => {
    const base = table(rows)
    const changed = ids.map((id) => row(id, amountOf(id) + (id === 500 ? 1 : 0)))
    const all = ids.map((id) => row(id, amountOf(id) + 1))
    expect(sizeOf('<main>Count: <span>41</span></main>', '<main>Count: <span>42</span></main>')).toBe(5)
    expect(sizeOf(base, table(changed))).toBeLessThan(14)
    expect(sizeOf(base, table(all))).toBeLessThan(9_000)
    expect(sizeOf(base, table([row(1_001, amountOf(1_001)), ...rows]))).toBeLessThan(160)
    expect(sizeOf(base, table(rows.toReversed()))).toBeLessThan(7_000)
    expect(sizeOf(base, table(rows.filter((_, n) => n % 3 > 0)))).toBeLessThan(2_500)
  })

  test('of a value that is another one throughout is one swap', () => {
    const page = (token: string) =>
      table(
        rows.map((text) => text.replace('</td></tr>', `<form><input name="_csrf" value="${token}"></form></td></tr>`)),
      )
    const [base, text] = [page('dGhpcyBpcyBhIG1hc2tlZCB0b2tlbg=='), page('YW5vdGhlciBtYXNrIG9mIHRoYXQgb25l')]
    expect(sizeOf(base, text)).toBeLessThan(100)
    expect(sizeOf(base, text.replace('101.00', '999.99'))).toBeLessThan(150)
  })

  test('is none where it would be as long as the text', () => {
    expect(createDelta('a'.repeat(1_000), 'b'.repeat(1_000))).toBeUndefined()
  })

  test('takes time that grows as the texts do, be they ever so repetitive', () => {
    for (const unit of ['a', 'ab', '<li></li>', '<td>x</td><td>y</td>']) {
      const repeated = unit.repeat(400_000 / unit.length)
      expect(make(`${repeated}1${repeated}`, `x${repeated}2${repeated}`)).toBe(`x${repeated}2${repeated}`)
    }
  })
})
