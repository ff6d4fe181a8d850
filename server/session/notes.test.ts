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
    addNote(notes, { tab: 'tab', n: 1, low: 1, text: '{"ok":true}' }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'done', note: { ok: true } })
    expect(recallNote(stored(notes), 'tab', 2, 0)).toEqual({ kind: 'new' })
    expect(recallNote(stored(notes), 'other', 1, 0)).toEqual({ kind: 'new' })
    addNote(notes, { tab: 'tab', n: 2, low: 2, text: 'null' }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'stale' })
    expect(recallNote(stored(notes), 'tab', 2, 0)).toEqual({ kind: 'done', note: null })
  })

  test('below the last number that was never noted is stale', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 3, low: 1, text: '"x"' }, 0)
    expect([1, 2, 3, 4].map((n) => recallNote(stored(notes), 'tab', n, 0).kind)).toEqual([
      'stale',
      'stale',
      'done',
      'new',
    ])
  })

  test('is never forgotten by its own note', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 5, text: '"x"' }, 0)
    expect([1, 2].map((n) => recallNote(stored(notes), 'tab', n, 0).kind)).toEqual(['done', 'new'])
  })

  test('whose text is too long is known to have run', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 1, text: 'x'.repeat(recordLimits.effects + 1) }, 0)
    expect(recallNote(stored(notes), 'tab', 1, 0)).toEqual({ kind: 'stale' })
    expect(formatNotes(notes).length).toBeLessThan(100)
  })

  test('is forgotten with its tab, when that was idle too long', () => {
    const notes = empty()
    addNote(notes, { tab: 'tab', n: 1, low: 1, text: '"x"' }, 0)
    expect(recallNote(stored(notes), 'tab', 1, recordLimits.age).kind).toBe('done')
    expect(recallNote(stored(notes), 'tab', 1, recordLimits.age + 1).kind).toBe('new')
    addNote(notes, { tab: 'other', n: 1, low: 1, text: '"x"' }, recordLimits.age + 1)
    expect([...notes.keys()]).toEqual(['other'])
  })
})

describe('a request that may still run', () => {
  const claim = { tab: 'slow', n: 1, low: 1, text: '"accepted"', until: 10 * recordLimits.age + 0.5 }
  const done = { kind: 'done', note: 'accepted' }

  test('is known until its time is up, however long that is, and whatever others note meanwhile', () => {
    let notes = empty()
    addNote(notes, claim, 0)
    for (let now = 0; now <= claim.until; now += recordLimits.age / 2) {
      addNote(notes, { tab: 'other', n: now + 1, low: now + 1, text: '1' }, now)
      notes = stored(notes)
      expect(recallNote(notes, 'slow', 1, now)).toEqual(done)
    }
    expect(recallNote(notes, 'slow', 1, claim.until + 1).kind).toBe('new')
    addNote(notes, { tab: 'other', n: 1e9, low: 1e9, text: '1' }, claim.until + 1)
    expect([...notes.keys()]).toEqual(['other'])
  })

  test('is kept no shorter than another one', () => {
    const notes = empty()
    addNote(notes, { ...claim, until: 1 }, 0)
    expect(recallNote(stored(notes), 'slow', 1, recordLimits.age)).toEqual(done)
  })

  test('is kept no longer once it ended', () => {
    const notes = empty()
    addNote(notes, claim, 0)
    addNote(notes, { tab: 'slow', n: 1, low: 1, text: '"ok"' }, 10)
    expect(recallNote(stored(notes), 'slow', 1, 10)).toEqual({ kind: 'done', note: 'ok' })
    expect(recallNote(stored(notes), 'slow', 1, 10 + recordLimits.age + 1).kind).toBe('new')
  })
})

test('a stored text that is no JSON is of a request that ran', () => {
  expect(recallNote(parseNotes('[["tab",1,0,[[1,"no json"]]]]'), 'tab', 1, 0)).toEqual({ kind: 'stale' })
})

test('however tabs behave, no limit is passed and nothing runs twice', () => {
  const request = fc.record({
    tab: fc.integer({ min: 0, max: 80 }).map((n) => `tab${n}`),
    n: fc.integer({ min: 1, max: 100 }),
    low: fc.integer({ min: 0, max: 110 }),
    text: fc.oneof(
      fc.json(),
      fc.constantFrom('x'.repeat(60_000), 'x'.repeat(70_000)).map((text) => JSON.stringify(text)),
    ),
    until: fc.option(fc.nat({ max: 1_000_000 })),
    wait: fc.nat({ max: 5_000 }),
  })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 200, size: 'max' }), (requests) => {
      let notes = empty()
      let now = 0
      for (const { wait, until, ...request } of requests) {
        const note = until === null ? request : { ...request, until }
        now += wait
        const fresh = recallNote(notes, note.tab, note.n, now).kind === 'new'
        if (!fresh) continue
        addNote(notes, note, now)
        notes = stored(notes)
        expect(recallNote(notes, note.tab, note.n, now).kind).not.toBe('new')
        expect(recallNote(notes, note.tab, Math.min(note.low, note.n) - 1, now).kind).toBe('stale')
        expect([...notes.keys()].at(-1)).toBe(note.tab)
        expect(notes.size).toBeLessThanOrEqual(recordLimits.tabs)
        for (const { texts, used, last, until = 0 } of notes.values()) {
          expect(texts.size).toBeLessThanOrEqual(recordLimits.perTab)
          expect(now).toBeLessThanOrEqual(Math.max(used + recordLimits.age, until))
          for (const [n, text] of texts) {
            expect(n).toBeLessThanOrEqual(last)
            expect(text?.length ?? 0).toBeLessThanOrEqual(recordLimits.effects)
          }
        }
        expect(formatNotes(notes).length).toBeLessThan(12 * recordLimits.effects)
      }
    }),
    { numRuns: process.env.PATELLA_FULL ? 300 : 10 },
  )
})

test('texts are given up of the tab that was idle longest', () => {
  const notes = empty()
  const tabs = Array.from({ length: 12 }, (_, n) => `tab${n}`)
  for (const [now, tab] of tabs.entries())
    addNote(notes, { tab, n: 1, low: 1, text: JSON.stringify('x'.repeat(60_000)) }, now)
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
  '[["tab",1,0,[],"late"]]',
])('%j holds no notes', (text) => expect(parseNotes(text).size).toBe(0))
