import { describe, expect, test, vi } from 'vitest'
import { recordLimits } from '../../protocol/limits.ts'
import type { Committed, HeldSession, SessionView } from './contract.ts'
import { createSessions, type SessionsConfig } from './sessions.ts'
import { memory } from './stores/memory.ts'

function open(config: Partial<SessionsConfig> = {}) {
  const warnings: string[] = []
  const logger = { warn: (text: string) => void warnings.push(text) }
  const store = memory()
  const sessions = createSessions({ secrets: ['secret'], production: false, logger, leaseMs: 15_000, store, ...config })
  const sid = sessions.mint()
  return {
    sessions,
    store,
    sid,
    warnings,
    hold: (id = sid) => sessions.hold(id, { waitMs: 0 }) as HeldSession,
    view: (id = sid) => sessions.view(id) as SessionView,
  }
}

const note = (n: number, value: unknown = { n }, low = n) => ({ tab: 'tab', n, low, text: JSON.stringify(value) })
const written = (committed: unknown) => committed as Extract<Committed, { ok: true }>

describe('commit', () => {
  test('keeps data and note', () => {
    const { hold } = open()
    const held = hold()
    held.session.count = 1
    expect(held.recall('tab', 1)).toEqual({ kind: 'new' })
    const { view } = written(held.commit({ keep: true, note: note(1) }))
    expect(view.session.count).toBe(1)
    const again = hold()
    expect(again.session.count).toBe(1)
    expect(again.recall('tab', 1)).toEqual({ kind: 'done', note: { n: 1 } })
    expect(again.recall('tab', 2)).toEqual({ kind: 'new' })
    expect(again.recall('other', 1)).toEqual({ kind: 'new' })
  })

  test('without keep drops data, flash and change of id, and keeps the note', () => {
    const { sid, hold, view } = open()
    const first = hold()
    first.session.count = 1
    first.commit({ keep: true })
    const held = hold()
    held.session.count = 2
    held.leave.notice = 'x'
    held.session.destroy()
    const committed = written(held.commit({ keep: false, note: note(1) }))
    expect([committed.sid, committed.token, committed.view.session.count]).toEqual([sid, undefined, 1])
    expect({ ...view().flash }).toEqual({})
    expect(hold().recall('tab', 1).kind).toBe('done')
  })

  test('closes the session', () => {
    const { hold } = open()
    for (const end of ['commit', 'release'] as const) {
      const held = hold()
      held.session.list = [1]
      held[end]({ keep: true })
      expect(() => {
        held.session.late = 1
      }).toThrow(expect.objectContaining({ code: 'session_closed' }))
      expect(() => {
        held.leave.late = 1
      }).toThrow(TypeError)
    }
  })

  test('after release writes nothing', () => {
    const { hold, view } = open()
    const held = hold()
    held.session.a = 1
    held.release()
    held.release()
    const other = hold()
    expect(held.commit({ keep: true, note: note(1) })).toEqual({ ok: false })
    expect(other.recall('tab', 1).kind).toBe('new')
    other.release()
    expect(view().session.a).toBeUndefined()
  })

  test('renews the life of the session', () => {
    vi.useFakeTimers()
    try {
      const { hold, view } = open({ expireAfter: 60 })
      const first = hold()
      first.session.a = 1
      first.commit({ keep: true })
      for (let n = 1; n < 4; n++) {
        vi.advanceTimersByTime(40_000)
        hold().commit({ keep: false, note: note(n) })
      }
      expect(view().session.a).toBe(1)
      vi.advanceTimersByTime(60_000)
      expect(view().session.a).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  test('of nothing stores nothing', () => {
    const { hold, store } = open()
    expect(hold().commit({ keep: true })).toMatchObject({ ok: true })
    const held = hold()
    held.session.a = undefined
    held.commit({ keep: true })
    expect(store.dump()).toBe('[]')
  })

  test('what deflates well is stored as long as it can be read again', () => {
    const { hold, view, warnings } = open({ compress: true, store: { ...memory(), maxBytes: 200_000_000 } })
    const fits = hold()
    fits.session.thing = 'x'.repeat(16_700_000)
    expect(fits.commit({ keep: true })).toMatchObject({ ok: true })
    expect(view().session.thing).toHaveLength(16_700_000)
    const long = hold()
    long.session.more = 'x'.repeat(100_000)
    expect(() => long.commit({ keep: true })).toThrow(expect.objectContaining({ code: 'session_too_large' }))
    long.release()
    expect(warnings).toEqual([])
  })

  test('of what cannot be stored leaves the session held, and takes the note alone', () => {
    const { hold } = open()
    for (const [code, value] of [
      ['session_not_serializable', 1n],
      ['session_too_large', 'x'.repeat(5_000_000)],
    ] as const) {
      const held = hold()
      held.session.thing = value
      expect(() => held.commit({ keep: true, note: note(1, 'ok') })).toThrow(expect.objectContaining({ code }))
      expect(held.commit({ keep: false, note: note(1, 'failed') })).toMatchObject({ ok: true })
      const again = hold()
      expect(again.recall('tab', 1)).toEqual({ kind: 'done', note: 'failed' })
      expect({ ...again.session }).toEqual({})
      again.release()
    }
  })

  test('gives up notes where data takes what the store has', () => {
    const { hold } = open({ store: memory({ maxBytes: 16 * 60_000 }) })
    const held = hold()
    held.session.text = 'x'.repeat(50_000)
    expect(held.commit({ keep: true, note: note(1, 'y'.repeat(20_000)) })).toMatchObject({ ok: true })
    const again = hold()
    expect(again.session.text).toHaveLength(50_000)
    expect(again.recall('tab', 1)).toEqual({ kind: 'stale' })
  })

  test('is refused when the lease was lost and another committed', () => {
    const store = memory()
    const [here, there] = [open({ store, leaseMs: 0 }), open({ store })]
    const frozen = here.hold()
    frozen.session.count = 'late'
    const other = there.hold(here.sid)
    other.session.count = 'kept'
    other.commit({ keep: true })
    expect(frozen.commit({ keep: true, note: note(1) })).toEqual({ ok: false })
    expect(there.view(here.sid).session.count).toBe('kept')
  })
})

test('low forgets what is settled', () => {
  const { hold } = open()
  for (let n = 1; n <= 5; n++) hold().commit({ keep: true, note: note(n, n, Math.max(1, n - 2)) })
  const held = hold()
  const kinds = [1, 2, 3, 4, 5, 6].map((n) => held.recall('tab', n).kind)
  expect(kinds).toEqual(['stale', 'stale', 'done', 'done', 'done', 'new'])
})

test('what is stored names neither id nor token, and its key no id', () => {
  const { hold, store, sid } = open()
  const held = hold()
  held.session.a = 1
  held.session.regenerate()
  const done = written(held.commit({ keep: true, note: note(1) }))
  const dump = store.dump()
  for (const secret of [sid, done.sid, done.token as string]) expect(dump).not.toContain(secret)
  for (const [key] of JSON.parse(dump)) expect(key).toMatch(/^patella:[\w-]{43}$/)
})

test('what a store holds of others is a new session and a warning', () => {
  const { hold, view, store, sid, warnings, sessions } = open()
  const held = hold()
  held.session.a = 1
  held.commit({ keep: true, note: note(1) })
  const [[key, , body]] = JSON.parse(store.dump())
  const bad = [
    '{}',
    'x',
    '\0',
    '{"cookie":{}}',
    'null',
    body.slice(0, 20),
    `${body}"b"\n`,
    body.replace('"a"', '{}'),
    'x'.repeat(1e6),
  ]
  for (const text of bad) {
    const { version } = store.read(key)
    store.commit(key, { owner: 'foreign', version, next: version + 1, body: text, ttl: 60_000 })
    warnings.length = 0
    expect([view().dead, { ...view().session }]).toEqual([false, {}])
    expect(new Set(warnings)).toEqual(new Set([expect.stringContaining(sessions.digest(sid))]))
    const mended = hold()
    mended.session.a = 2
    expect(mended.commit({ keep: true })).toMatchObject({ ok: true })
    expect(view().session.a).toBe(2)
  }
})

test('a value that cannot be read is left out, with a warning, and mended by the next commit', () => {
  const { hold, view, store, warnings } = open()
  const held = hold()
  Object.assign(held.session, { a: { b: 1 }, c: 2 })
  held.commit({ keep: true })
  const [[key, version, body]] = JSON.parse(store.dump())
  store.commit(key, {
    owner: 'foreign',
    version,
    next: version + 1,
    body: body.replace('{"b":1}', '{"b":'),
    ttl: 60_000,
  })
  expect([{ ...view().session }, warnings.length]).toEqual([{ c: 2 }, 1])
  const mended = hold()
  mended.session.c = 3
  mended.commit({ keep: true })
  warnings.length = 0
  expect([{ ...view().session }, warnings]).toEqual([{ c: 3 }, []])
})

test('notes of an effect that is too long answer stale, whatever else is kept', () => {
  const { hold } = open()
  hold().commit({ keep: true, note: note(1, 'x'.repeat(recordLimits.effects)) })
  const held = hold()
  expect(held.recall('tab', 1)).toEqual({ kind: 'stale' })
  expect(held.recall('tab', 2)).toEqual({ kind: 'new' })
})
