import { describe, expect, test, vi } from 'vitest'
import type { HeldSession, SessionView } from './contract.ts'
import { createSessions, type SessionsConfig } from './sessions.ts'
import { type MemoryStore, memory } from './stores/memory.ts'

function open(config: Partial<SessionsConfig> = {}) {
  const store = config.store ?? memory()
  const logger = { warn() {} }
  const sessions = createSessions({ secrets: ['secret'], production: false, logger, leaseMs: 15_000, ...config, store })
  const sid = sessions.mint()
  return {
    sessions,
    store: store as MemoryStore,
    sid,
    hold: (id = sid) => sessions.hold(id, { waitMs: 0 }) as HeldSession,
    view: (id = sid) => sessions.view(id) as SessionView,
    set(data: Record<string, unknown>) {
      const held = sessions.hold(sid, { waitMs: 0 }) as HeldSession
      Object.assign(held.session, data)
      held.commit({ keep: true })
    },
  }
}

const isFree = (hold: () => HeldSession | Promise<HeldSession>) =>
  Promise.resolve(hold()).then(
    async (held) => {
      await held.release()
      return true
    },
    () => false,
  )

const closed = expect.objectContaining({ code: 'session_closed' })

describe('commit', () => {
  test('merges what changed, key by key', () => {
    const { view, set } = open()
    set({ a: 1, b: 1, c: 1, list: [1] })
    const [one, two] = [view(), view()]
    one.session.a = 2
    one.session.list.push(2)
    delete one.session.c
    two.session.b = 2
    two.session.fresh = true
    expect([one.commit({ waitMs: 0 }), two.commit({ waitMs: 0 })]).toMatchObject([{ ok: true }, { ok: true }])
    expect({ ...view().session }).toEqual({ a: 2, b: 2, list: [1, 2], fresh: true })
  })

  test('of nothing writes nothing', () => {
    const { sid, view, set, store } = open()
    set({ a: 1 })
    const before = store.dump()
    const seen = view()
    seen.session.a = 2
    seen.session.a = 1
    expect(seen.commit({ waitMs: 0 })).toEqual({ ok: true, sid, dead: false })
    expect(JSON.parse(store.dump())[0][1]).toBe(JSON.parse(before)[0][1])

    const { view: visitor, store: empty } = open()
    visitor().commit({ waitMs: 0 })
    expect(empty.dump()).toBe('[]')
  })

  test('of nothing renews the life of the session, and never gives it one', () => {
    vi.useFakeTimers()
    try {
      const { view, set } = open({ expireAfter: 60 })
      set({ a: 1 })
      for (let n = 0; n < 3; n++) {
        vi.advanceTimersByTime(40_000)
        view().commit({ waitMs: 0 })
      }
      const last = view()
      expect(last.session.a).toBe(1)
      vi.advanceTimersByTime(60_000)
      last.commit({ waitMs: 0 })
      expect(view().session.a).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  test('closes the session, and says the same again', () => {
    const { view } = open()
    const seen = view()
    seen.session.a = 1
    const first = seen.commit({ waitMs: 0 })
    expect(() => Object.assign(seen.session, { a: 2 })).toThrow(closed)
    expect(seen.commit({ waitMs: 0 })).toBe(first)
    expect(view().session.a).toBe(1)
  })

  test('waits for who holds the session, and fails as busy', async () => {
    vi.useFakeTimers()
    try {
      const { view, hold } = open()
      const [late, seen, held] = [view(), view(), hold()]
      seen.session.mine = 1
      late.session.late = 1
      const busy = expect(late.commit({ waitMs: 100 })).rejects.toMatchObject({ code: 'session_busy' })
      const merged = seen.commit({ waitMs: 60_000 })
      await vi.advanceTimersByTimeAsync(100)
      await busy
      held.session.theirs = 1
      held.commit({ keep: true })
      expect(await merged).toMatchObject({ ok: true })
      expect({ ...view().session }).toEqual({ theirs: 1, mine: 1 })
    } finally {
      vi.useRealTimers()
    }
  })

  test('of what is too large leaves the session to others', () => {
    const { view, hold } = open()
    const seen = view()
    seen.session.a = 'x'.repeat(5_000_000)
    expect(() => seen.commit({ waitMs: 0 })).toThrow(expect.objectContaining({ code: 'session_too_large' }))
    hold().release()
  })

  test('does not bring back a session that died meanwhile', () => {
    const { sid, view, hold, set } = open()
    set({ a: 1 })
    const seen = view()
    seen.session.a = 2
    const held = hold()
    held.session.destroy()
    held.commit({ keep: true })
    expect(seen.commit({ waitMs: 0 })).toEqual({ ok: false, sid, dead: true })
    expect([view().dead, { ...view().session }]).toEqual([true, {}])
  })

  test('of nothing says that the id died meanwhile, and lets what is left of it run out', () => {
    const { sid, view, hold, set, store } = open()
    set({ a: 1 })
    const seen = view()
    const held = hold()
    held.session.regenerate()
    held.commit({ keep: true })
    const before = store.dump()
    expect(seen.commit({ waitMs: 0 })).toEqual({ ok: true, sid, dead: true })
    expect(store.dump()).toBe(before)
  })

  test('closes the session before it waits', async () => {
    const { view, hold, set } = open()
    set({ a: 1 })
    const held = hold()
    const seen = view()
    seen.session.a = 2
    const late = seen.commit({ waitMs: 5_000 })
    expect(() => {
      seen.session.a = 3
    }).toThrow(closed)
    expect(() => {
      seen.leave.notice = 'x'
    }).toThrow(TypeError)
    held.release()
    expect(seen.commit({ waitMs: 0 })).toBe(late)
    expect(await late).toMatchObject({ ok: true })
    expect(view().session.a).toBe(2)
  })

  test('closes a session that is first looked at afterwards', () => {
    const { view, set } = open()
    set({ a: 1 })
    const seen = view()
    seen.commit({ waitMs: 0 })
    expect(seen.session.a).toBe(1)
    expect(() => Object.assign(seen.session, { a: 2 })).toThrow(closed)
  })

  test('with a note gives the token of a change of id', () => {
    const { view, set } = open()
    set({ a: 1 })
    const seen = view()
    seen.session.regenerate()
    const note = { tab: 'tab', n: 1, low: 1, text: 'null' }
    expect(seen.commit({ waitMs: 0, note })).toMatchObject({ ok: true, dead: false, token: expect.any(String) })
  })

  test('changes the id', () => {
    const { sid, view, set } = open()
    set({ a: 1, b: 1 })
    const seen = view()
    set({ other: 1 })
    delete seen.session.b
    seen.session.user = 'Ann'
    seen.session.regenerate()
    const { ok, sid: next } = seen.commit({ waitMs: 0 }) as { ok: boolean; sid: string }
    expect([ok, next === sid, view().dead]).toEqual([true, false, true])
    expect({ ...view(next).session }).toEqual({ a: 1, other: 1, user: 'Ann' })

    const last = view(next)
    last.session.destroy()
    last.session.theme = 'dark'
    const gone = last.commit({ waitMs: 0 }) as { sid: string }
    expect([view(next).dead, { ...view(gone.sid).session }]).toEqual([true, { theme: 'dark' }])
  })
})

describe('end', () => {
  test('hands over what was done, to be committed with a note', () => {
    const { sid, view, hold, set } = open()
    set({ a: 1 })
    const seen = view()
    seen.session.b = 2
    seen.session.regenerate()
    const changes = seen.end()
    expect(() => Object.assign(seen.session, { a: 2 })).toThrow(closed)
    expect(seen.commit({ waitMs: 0 })).toEqual({ ok: true, sid, dead: false })
    expect(view().session.b).toBeUndefined()

    const held = hold()
    if (changes) held.apply(changes)
    const committed = held.commit({ keep: true, note: { tab: 'tab', n: 1, low: 1, text: 'null' } })
    expect(committed).toMatchObject({ ok: true, token: expect.any(String) })
    expect({ ...view((committed as { sid: string }).sid).session }).toEqual({ a: 1, b: 2 })
  })

  test('hands over the flash that was read', () => {
    const { view, hold } = open()
    const first = hold()
    first.leave.notice = 'x'
    first.commit({ keep: true })
    const seen = view()
    expect(seen.flash.notice).toBe('x')
    const held = hold()
    held.apply(seen.end() as never)
    held.commit({ keep: true })
    expect(view().flash.notice).toBeUndefined()
  })

  test('of a view to which nothing was done is nothing', () => {
    expect(open().view().end()).toBeUndefined()
  })
})

describe('update', () => {
  test('runs on what is stored now, and shows it', async () => {
    const { view, set } = open()
    set({ count: 1, mine: 0 })
    const seen = view()
    seen.session.mine = 1
    set({ count: 5, theirs: 1 })
    expect(await seen.session.update((session) => ++session.count)).toBe(6)
    expect({ ...seen.session }).toEqual({ count: 6, theirs: 1, mine: 1 })
    expect({ ...view().session }).toEqual({ count: 6, theirs: 1, mine: 0 })
    set({ count: 7 })
    await seen.commit({ waitMs: 0 })
    expect({ ...view().session }).toEqual({ count: 7, theirs: 1, mine: 1 })
  })

  test('lets 100 at once count to 100', async () => {
    const { view } = open()
    const increment = (session: Record<string, number>) => {
      session.count = (session.count ?? 0) + 1
    }
    await Promise.all(Array.from({ length: 100 }, () => view().session.update(increment)))
    expect(view().session.count).toBe(100)
  })

  test('that throws writes nothing and lets go', async () => {
    const { view, hold, set } = open()
    set({ a: 1 })
    const reason = new Error('no')
    const failing = view().session.update((session) => {
      session.a = 2
      throw reason
    })
    await expect(failing).rejects.toBe(reason)
    const unstorable = view().session.update((session) => {
      session.a = 1n
    })
    await expect(unstorable).rejects.toMatchObject({ code: 'session_not_serializable' })
    expect(view().session.a).toBe(1)
    hold().release()
  })

  test('that lost the session to another says so', async () => {
    const { sid, store, view } = open({ leaseMs: 0 })
    const elsewhere = open({ store }).sessions
    const late = view().session.update(async (session) => {
      const other = await elsewhere.hold(sid, { waitMs: 0 })
      other.session.a = 'kept'
      await other.commit({ keep: true })
      session.a = 'late'
    })
    await expect(late).rejects.toMatchObject({ code: 'session_conflict' })
    expect(view().session.a).toBe('kept')
  })

  test('leaves a change of id to the commit', async () => {
    const { sid, view, set } = open()
    set({ a: 1 })
    const seen = view()
    await seen.session.update((session) => {
      session.user = 'Ann'
      session.regenerate()
    })
    expect([view().dead, view().session.user]).toEqual([false, 'Ann'])
    const { sid: next } = (await seen.commit({ waitMs: 0 })) as { sid: string }
    expect([next === sid, view().dead, { ...view(next).session }]).toEqual([false, true, { a: 1, user: 'Ann' }])

    const last = view(next)
    await last.session.update((session) => session.destroy())
    expect([{ ...last.session }, { ...view(next).session }]).toEqual([{}, {}])
    await last.commit({ waitMs: 0 })
    expect(view(next).dead).toBe(true)
  })

  test('that does not end lets go when the view does, and writes nothing', async () => {
    const { view, hold } = open()
    for (const end of [(seen: SessionView) => seen.discard(), (seen: SessionView) => seen.commit({ waitMs: 0 })]) {
      const seen = view()
      let inner: Record<string, unknown> = {}
      let wake = () => {}
      const hung = new Promise<void>((resolve) => {
        wake = resolve
      })
      const updated = seen.session.update((session) => {
        inner = session
        return hung
      })
      expect(await isFree(hold)).toBe(false)
      await end(seen)
      expect(() => {
        inner.a = 1
      }).toThrow(closed)
      expect(await isFree(hold)).toBe(true)
      wake()
      await expect(updated).rejects.toThrow(closed)
    }
    expect(view().session.a).toBeUndefined()
  })

  test('waits no longer than it may, and does not run when the view ended meanwhile', async () => {
    const { view, hold } = open({ waitMs: 50 })
    const held = hold()
    await expect(view().session.update(() => {})).rejects.toMatchObject({ code: 'session_busy' })
    const seen = view()
    let ran = false
    const waiting = seen.session.update(() => {
      ran = true
    })
    seen.discard()
    held.release()
    await expect(waiting).rejects.toThrow(closed)
    expect(ran).toBe(false)
  })

  test('is refused on a dead id and after the end', async () => {
    const { view, hold } = open()
    const [before, ended] = [view(), view()]
    ended.end()
    await expect(ended.session.update(() => {})).rejects.toMatchObject({ code: 'session_closed' })
    const held = hold()
    held.session.destroy()
    held.commit({ keep: true })
    for (const seen of [before, view()]) {
      await expect(seen.session.update(() => {})).rejects.toMatchObject({ code: 'stale_request' })
    }
  })
})
