import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recordLimits } from '../../protocol/limits.ts'
import { addNote, formatNotes, type Notes, parseNotes, recallNote } from './notes.ts'

const empty = (): Notes => new Map()
const stored = (notes: Notes) => parseNotes(formatNotes(notes))

describe('a request', () => {
  test('is new, then done, then stale once its note is forgotten', () => {
    const notes = empty()
    expect(recallNote(notes, 'tab', 1, 0)).toEqual({ kind: 'new' })
    addNote(notes, { tab: 'tab', n: 1, low: 1, value: { ok: true } }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'done', note: { ok: true } })
    expect(recallNote(stored(notes), 'tab', 2, 0)).toEqual({ kind: 'new' })
    expect(recallNote(stored(notes), 'other', 1, 0)).toEqual({ kind: 'new' })
    addNote(notes, { tab: 'tab', n: 2, low: 2, value: null }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'stale' })
    expect(recallNote(stored(notes), 'tab', 2, 0)).toEqual({ kind: 'done', note: null })
  })

  test('below the last number that was never noted is stale', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 3, low: 1, value: 'x' }, 0)
    expect([1, 2, 3, 4].map((n) => recallNote(stored(notes), 'tab', n, 0).kind)).toEqual([
      'stale',
      'stale',
      'done',
      'new',
    ])
  })

  test('is never forgotten by its own note', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 5, value: 'x' }, 0)
    expect([1, 2].map((n) => recallNote(stored(notes), 'tab', n, 0).kind)).toEqual(['done', 'new'])
  })

  test('whose value is too long is known to have run', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 1, value: 'x'.repeat(recordLimits.effects) }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'stale' })
    expect(formatNotes(notes).length).toBeLessThan(100)
  })

  test('is forgotten with its tab, when that was idle too long', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 1, value: 'x' }, 0)
    expect(recallNote(stored(notes), 'tab', 1, recordLimits.age).kind).toBe('done')
    expect(recallNote(stored(notes), 'tab', 1, recordLimits.age + 1).kind).toBe('new')
    addNote(notes, { tab: 'other', n: 1, low: 1, value: 'x' }, recordLimits.age + 1)
    expect([...notes.keys()]).toEqual(['other'])
  })
})

test('however tabs behave, no limit is passed and nothing runs twice', () => {
  const request = fc.record({
    tab: fc.integer({ min: 0, max: 80 }).map((n) => `tab${n}`),
    n: fc.integer({ min: 1, max: 100 }),
    low: fc.integer({ min: 0, max: 110 }),
    value: fc.oneof(fc.jsonValue(), fc.constantFrom('x'.repeat(60_000), 'x'.repeat(70_000))),
    wait: fc.nat({ max: 5_000 }),
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 200, size: 'max' }), (requests) => {
      let notes = empty()
      let now = 0
      for (const { wait, ...note } of requests) {
        now += wait
        const fresh = recallNote(notes, note.tab, note.n, now).kind === 'new'
        if (!fresh) continue
        addNote(notes, note, now)
        notes = stored(notes)
        expect(recallNote(notes, note.tab, note.n, now).kind).not.toBe('new')
        expect(recallNote(notes, note.tab, Math.min(note.low, note.n) - 1, now).kind).toBe('stale')
        expect([...notes.keys()].at(-1)).toBe(note.tab)
        expect(notes.size).toBeLessThanOrEqual(recordLimits.tabs)
        for (const { values, used, last } of notes.values()) {
          expect(values.size).toBeLessThanOrEqual(recordLimits.perTab)
          expect(now - used).toBeLessThanOrEqual(recordLimits.age)
          for (const [n, value] of values) {
            expect(n).toBeLessThanOrEqual(last)
            expect(value?.length ?? 0).toBeLessThanOrEqual(recordLimits.effects)
          }
        }
        expect(formatNotes(notes).length).toBeLessThan(12 * recordLimits.effects)
      }
    }),
    { numRuns: process.env.PATELLA_FULL ? 300 : 10 },
  )
})

test('values are given up of the tab that was idle longest', () => {
  const notes = empty()
  const tabs = Array.from({ length: 12 }, (_, n) => `tab${n}`)
  for (const [now, tab] of tabs.entries()) addNote(notes, { tab, n: 1, low: 1, value: 'x'.repeat(60_000) }, now)
  const kinds = tabs.map((tab) => recallNote(stored(notes), tab, 1, 12).kind)
  expect(kinds).toEqual([...Array(4).fill('stale'), ...Array(8).fill('done')])
})

test.each([
  '',
  'null',
  '{}',
  '[1,null,[],{}]',
  '[["tab"]]',
  '[["tab",1,0,{}]]',
  '[[1,1,0,[]]]',
  '[["tab","1",0,[]]]',
  '[["tab",1,0,[[1,{}]]]]',
  '[["tab",1,0,[[1,"no json"]]]]',
])('%j holds no notes', (text) => expect(parseNotes(text).size).toBe(0))
