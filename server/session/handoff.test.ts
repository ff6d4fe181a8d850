import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Committed, HeldSession, SessionView } from './contract.ts'
import { createSessions } from './sessions.ts'
import { memory } from './stores/memory.ts'

function open(store = memory()) {
  const config = { secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs: 15_000, store }
  const sessions = createSessions(config)
  const sid = sessions.mint()
  const hold = (id = sid) => sessions.hold(id, { waitMs: 0 }) as HeldSession
  const died: unknown[] = []
  sessions.onDead((...death) => died.push(death))
  return {
    sessions,
    store,
    sid,
    died,
    hold,
    view: (id = sid) => sessions.view(id) as SessionView,
    /** Request n of the tab runs and changes the id. */
    change(how: 'regenerate' | 'destroy', n = 5) {
      const held = hold()
      held.session.user = 'Ann'
      held.session[how]()
      const committed = held.commit({ keep: true, note: { tab: 'tab', n, low: n - 1, text: JSON.stringify({ n }) } })
      return committed as Required<Extract<Committed, { ok: true }>>
    },
  }
}

afterEach(() => void vi.useRealTimers())

describe('regenerate', () => {
  test('moves the data to a new id', () => {
    const { sessions, sid, hold, view, change, died } = open()
    const first = hold()
    first.session.cart = ['a']
    first.leave.notice = 'Hello'
    first.commit({ keep: true, note: { tab: 'tab', n: 4, low: 4, text: 'null' } })
    const changed = change('regenerate')
    expect(changed.sid).not.toBe(sid)
    expect([changed.view.sid, changed.view.session.user]).toEqual([changed.sid, 'Ann'])
    expect({ ...view(changed.sid).session }).toEqual({ cart: ['a'], user: 'Ann' })
    expect(view(changed.sid).flash.notice).toBe('Hello')
    expect(died).toEqual([[sessions.nameOf(sid), 'tab']])
  })

  test('leaves the old id dead', () => {
    const { hold, view, change } = open()
    change('regenerate')
    const seen = view()
    expect([seen.dead, { ...seen.session }]).toEqual([true, {}])
    seen.session.late = 1
    expect(seen.commit({ waitMs: 0 })).toMatchObject({ ok: false })
    expect(view().session.late).toBeUndefined()
    const held = hold()
    expect(held.dead).toBe(true)
    expect(() => held.commit({ keep: true })).toThrow('dead')
  })

  test('is known of its request alone under the old id', () => {
    const { hold, change } = open()
    change('regenerate')
    const held = hold()
    expect(held.recall('tab', 5)).toEqual({ kind: 'done', note: { n: 5 } })
    for (const [tab, n] of [
      ['tab', 4],
      ['tab', 6],
      ['other', 5],
      ['other', 1],
    ] as const) {
      expect(held.recall(tab, n)).toEqual({ kind: 'stale' })
    }
  })

  test('takes the numbers of all tabs along: they come back under the new id and must not run twice', () => {
    const { hold, change } = open()
    hold().commit({ keep: true, note: { tab: 'other', n: 9, low: 9, text: 'null' } })
    hold().commit({ keep: true, note: { tab: 'tab', n: 4, low: 4, text: '"four"' } })
    const held = hold(change('regenerate').sid)
    expect(held.recall('tab', 3).kind).toBe('stale')
    expect(held.recall('tab', 4)).toEqual({ kind: 'done', note: 'four' })
    expect(held.recall('tab', 5)).toEqual({ kind: 'done', note: { n: 5 } })
    expect(held.recall('tab', 6).kind).toBe('new')
    expect(held.recall('other', 9)).toEqual({ kind: 'done', note: null })
    expect(held.recall('other', 8).kind).toBe('stale')
  })

  test('of a session of which nothing is stored leaves a tombstone as well', () => {
    const { sid, hold, view } = open()
    const held = hold()
    held.session.regenerate()
    const changed = held.commit({ keep: true }) as Extract<Committed, { ok: true }>
    expect(changed).toMatchObject({ ok: true })
    expect(changed.sid).not.toBe(sid)
    expect('token' in changed).toBe(false)
    expect(view().dead).toBe(true)
  })

  test('that lost its lease leaves nothing behind', () => {
    const store = memory()
    const config = { secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs: 0, store }
    const [here, there] = [createSessions(config), createSessions(config)]
    const sid = here.mint()
    const [frozen, other] = [here, there].map((sessions) => sessions.hold(sid, { waitMs: 0 }) as HeldSession)
    const died: string[] = []
    here.onDead((id) => died.push(id))
    other?.commit({ keep: true, note: { tab: 'tab', n: 1, low: 1, text: '1' } })
    if (frozen) {
      frozen.session.secret = 'never kept'
      frozen.session.regenerate()
    }
    expect(frozen?.commit({ keep: true })).toEqual({ ok: false })
    expect(died).toEqual([])
    expect((here.view(sid) as SessionView).dead).toBe(false)
    expect(store.dump()).not.toContain('never kept')
  })
})

describe('destroy', () => {
  test('leaves an empty session under a new id', () => {
    const { sessions, sid, hold, view, change, died } = open()
    const first = hold()
    Object.assign(first.session, { a: 1 })
    first.leave.notice = 'old'
    first.commit({ keep: true })
    const changed = change('destroy')
    expect(changed.sid).not.toBe(sid)
    for (const seen of [changed.view, view(changed.sid)]) {
      expect([{ ...seen.session }, { ...seen.flash }, seen.dead]).toEqual([{}, {}, false])
    }
    expect(view().dead).toBe(true)
    expect(died).toEqual([[sessions.nameOf(sid), 'tab']])
  })

  test('by a plain request stores nothing under it', () => {
    const { hold, store } = open()
    const held = hold()
    held.session.destroy()
    held.commit({ keep: true })
    expect(JSON.parse(store.dump())).toHaveLength(1)
  })

  test('keeps what is written after it, flash too', () => {
    const { hold, view } = open()
    const held = hold()
    held.session.a = 1
    held.session.destroy()
    held.session.theme = 'dark'
    held.leave.notice = 'Bye'
    const { sid } = held.commit({ keep: true }) as Extract<Committed, { ok: true }>
    expect([{ ...view(sid).session }, view(sid).flash.notice]).toEqual([{ theme: 'dark' }, 'Bye'])
  })

  test('is not run again by a repeat that comes with the new cookie', () => {
    vi.useFakeTimers()
    const { hold, change, store } = open()
    const { sid } = change('destroy')
    const held = hold(sid)
    expect(held.recall('tab', 5).kind).toBe('done')
    held.release()
    vi.advanceTimersByTime(120_000)
    expect((hold(sid) as HeldSession).recall('tab', 5).kind).toBe('new')
    expect(store.dump()).not.toContain('"tab"')
  })

  test('is not undone by one who held the session before', () => {
    vi.useFakeTimers()
    for (const wait of [0, 60_000, 300_000]) {
      const store = memory()
      const config = { secrets: ['secret'], production: false, logger: { warn() {} }, store }
      const here = createSessions({ ...config, leaseMs: 1_000 })
      const there = createSessions({ ...config, leaseMs: 15_000 })
      const sid = here.mint()
      const frozen = here.hold(sid, { waitMs: 0 }) as HeldSession
      frozen.session.user = 'Ann'
      vi.advanceTimersByTime(1_000)
      const other = there.hold(sid, { waitMs: 0 }) as HeldSession
      other.session.destroy()
      other.commit({ keep: true })
      vi.advanceTimersByTime(wait)
      expect(frozen.commit({ keep: true })).toEqual({ ok: false })
      expect((there.view(sid) as SessionView).session.user).toBeUndefined()
    }
  })
})

describe('the hand-off', () => {
  test('is good once', () => {
    const { sessions, sid, change } = open()
    const { sid: next, token } = change('regenerate')
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBe(next)
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBeNull()
  })

  test("is nobody else's", () => {
    const { sessions, sid, change } = open()
    const { sid: next, token } = change('destroy')
    expect(sessions.redeem(sid, { tab: 'other', n: 5, token })).toBeNull()
    expect(sessions.redeem(sid, { tab: 'tab', n: 4, token })).toBeNull()
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token: `${token}x` })).toBeNull()
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token: '' })).toBeNull()
    expect(sessions.redeem(next, { tab: 'tab', n: 5, token })).toBeNull()
    expect(sessions.redeem(sessions.mint(), { tab: 'tab', n: 5, token })).toBeNull()
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBe(next)
  })

  test('ends after two minutes, whatever was done with it', () => {
    vi.useFakeTimers()
    const { sessions, sid, hold, view, change } = open()
    change('regenerate')
    vi.advanceTimersByTime(119_000)
    const { token } = hold().reissue('tab', 5) as { token: string }
    vi.advanceTimersByTime(1_000)
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBeNull()
    expect(view().dead).toBe(false)
    expect({ ...view().session }).toEqual({})
  })

  test('ends then even if a plain request, reading as the id died, renewed the tombstone', () => {
    vi.useFakeTimers()
    const { sessions, store, sid, hold, view, change } = open()
    const { token } = change('regenerate')
    for (const [key] of JSON.parse(store.dump())) store.touch(key, 300_000)
    vi.advanceTimersByTime(120_000)
    const held = hold()
    expect([view().dead, held.recall('tab', 5).kind]).toEqual([true, 'stale'])
    held.release()
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBeNull()
  })

  test('is issued again to the repeat; the token before is void', () => {
    const { sessions, sid, hold, change } = open()
    const { sid: next, token } = change('regenerate')
    const again = hold().reissue('tab', 5)
    expect(again).toEqual({ sid: next, token: expect.stringMatching(/^[\w-]{32}$/) })
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token })).toBeNull()
    expect(sessions.redeem(sid, { tab: 'tab', n: 5, token: (again as { token: string }).token })).toBe(next)
    expect(hold().reissue('tab', 5)).toMatchObject({ sid: next })
    expect(hold().reissue('tab', 6)).toBeNull()
    expect(hold().reissue('other', 5)).toBeNull()
    expect(hold(next).reissue('tab', 5)).toBeNull()
    const released = hold()
    released.release()
    expect(released.reissue('tab', 5)).toBeNull()
  })

  test('of two who come at once, one gets it', async () => {
    const { sessions, store, sid, change } = open()
    const { sid: next, token } = change('regenerate')
    const elsewhere = open(store).sessions
    const asks = Array.from({ length: 10 }, async (_, n) =>
      (n % 2 ? sessions : elsewhere).redeem(sid, { tab: 'tab', n: 5, token }),
    )
    expect((await Promise.all(asks)).filter((got) => got !== null)).toEqual([next])
  })
})

test('a listener that is off hears of no death', () => {
  const { sessions, change } = open()
  const heard: string[] = []
  const off = sessions.onDead((sid) => heard.push(sid))
  off()
  off()
  change('destroy')
  expect(heard).toEqual([])
})
