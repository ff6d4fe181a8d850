import { afterEach, describe, expect, test, vi } from 'vitest'
import { isPromise } from './awaitable.ts'
import type { HeldSession } from './contract.ts'
import { createSessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'

const open = (store: SessionStore = memory(), leaseMs = 11_500) =>
  createSessions({ secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs, store })

/** The same store, far away: each answer is a promise, which `gate` may hold back. */
const remote = (store: SessionStore, gate: (call: string) => Promise<unknown> = async () => {}): SessionStore => {
  const far =
    <A extends unknown[], R>(call: string, ask: (...args: A) => R) =>
    async (...args: A): Promise<Awaited<R>> => {
      const answer = await ask(...args)
      await gate(call)
      return answer
    }
  return {
    name: 'remote',
    acquire: far('acquire', store.acquire),
    read: far('read', store.read),
    commit: far('commit', store.commit),
    release: far('release', store.release),
    touch: far('touch', store.touch),
  }
}

const busy = expect.objectContaining({ code: 'session_busy', message: expect.stringContaining('1000 ms') })
const failed = (reason: string) =>
  expect.objectContaining({ code: 'session_store_failed', message: expect.stringContaining(reason) })

afterEach(() => void vi.useRealTimers())

test('a store that went back refuses who loaded what it has forgotten, although as many were written since', async () => {
  for (let round = 0; round < 50; round++) {
    let kept = memory()
    const store: SessionStore = {
      ...remote(memory()),
      acquire: (...args) => kept.acquire(...args),
      read: (...args) => kept.read(...args),
      commit: (...args) => kept.commit(...args),
      release: (...args) => kept.release(...args),
    }
    const [here, there] = [open(store), open(store)]
    const sid = here.mint()
    const write = async (sessions: typeof here, key: string) => {
      const held = await sessions.hold(sid, { waitMs: 0 })
      held.session[key] = true
      expect(await held.commit({ keep: true })).toMatchObject({ ok: true })
    }
    await write(here, 'first')
    const behind = kept.dump()
    await write(here, 'second')
    const late = await here.hold(sid, { waitMs: 0 })
    late.session.late = true
    kept = memory()
    kept.restore(behind)
    await write(there, 'paid')
    expect(await late.commit({ keep: true })).toEqual({ ok: false })
    expect({ ...(await there.view(sid)).session }).toEqual({ first: true, paid: true })
  }
})

test('a store that answers at once is used without a promise', () => {
  const sessions = open()
  const sid = sessions.mint()
  const held = sessions.hold(sid, { waitMs: 0 }) as HeldSession
  expect(isPromise(held)).toBe(false)
  held.session.count = 1
  const committed = held.commit({ keep: true, note: { tab: 'tab', n: 1, low: 1, text: 'null' } })
  expect(committed).toMatchObject({ ok: true, sid })
  expect(isPromise(sessions.view(sid))).toBe(false)
  const again = sessions.hold(sid, { waitMs: 0 }) as HeldSession
  expect(again.session.count).toBe(1)
  expect(isPromise(again.release())).toBe(false)
})

describe.each([
  ['memory', () => memory()],
  ['a remote store', () => remote(memory())],
])('waiting for a session in %s', (_, make) => {
  test('is first come, first served', async () => {
    const sessions = open(make())
    const sid = sessions.mint()
    const order: number[] = []
    const visit = async (n: number) => {
      const held = await sessions.hold(sid, { waitMs: 60_000 })
      order.push(n)
      await (n % 2 ? held.release() : held.commit({ keep: true }))
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(visit))
    expect(order).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('does not wait for other sessions', async () => {
    const sessions = open(make())
    await sessions.hold(sessions.mint(), { waitMs: 1_000 })
    await sessions.hold(sessions.mint(), { waitMs: 1_000 })
  })

  test('ends after its time, and what gave up blocks nobody', async () => {
    vi.useFakeTimers()
    const sessions = open(make())
    const sid = sessions.mint()
    const first = await sessions.hold(sid, { waitMs: 1_000 })
    const second = expect(sessions.hold(sid, { waitMs: 1_000 })).rejects.toEqual(busy)
    const third = sessions.hold(sid, { waitMs: 10_000 })
    await vi.advanceTimersByTimeAsync(1_000)
    await second
    await first.release()
    await (await third).release()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('ends with the reason of its signal', async () => {
    const sessions = open(make())
    const sid = sessions.mint()
    const first = await sessions.hold(sid, { waitMs: 60_000 })
    const abort = new AbortController()
    const second = sessions.hold(sid, { waitMs: 60_000, signal: abort.signal })
    const third = sessions.hold(sid, { waitMs: 60_000 })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(second).rejects.toBe(reason)
    await first.release()
    await (await third).release()
    expect(() => sessions.hold(sid, { waitMs: 60_000, signal: abort.signal })).toThrow(reason)
  })

  test('ends with the reason of a signal that comes with the turn, and holds nothing', async () => {
    const sessions = open(make())
    const sid = sessions.mint()
    const first = await sessions.hold(sid, { waitMs: 60_000 })
    const abort = new AbortController()
    const second = sessions.hold(sid, { waitMs: 60_000, signal: abort.signal })
    const released = first.release()
    abort.abort()
    await released
    await expect(second).rejects.toBe(abort.signal.reason)
    await (await sessions.hold(sid, { waitMs: 60_000 })).release()
  })

  test('ends when another process lets go, or its lease runs out', async () => {
    const store = make()
    const [here, there] = [open(store), open(store, 50)]
    const sid = here.mint()
    const held = await here.hold(sid, { waitMs: 60_000 })
    const waiting = there.hold(sid, { waitMs: 60_000 })
    await held.release()
    const theirs = await waiting
    const mine = await here.hold(sid, { waitMs: 60_000 })
    expect(await theirs.commit({ keep: true, note: { tab: 'a', n: 1, low: 1, text: '1' } })).toEqual({ ok: false })
    expect(await mine.commit({ keep: true })).toMatchObject({ ok: true })
  })

  test('ends after its time while another process has the lease', async () => {
    vi.useFakeTimers()
    const store = make()
    const [here, there] = [open(store), open(store)]
    const sid = here.mint()
    const held = await here.hold(sid, { waitMs: 1_000 })
    const refused = expect(there.hold(sid, { waitMs: 1_000 })).rejects.toEqual(busy)
    await vi.advanceTimersByTimeAsync(1_000)
    await refused
    await held.release()
    await (await there.hold(sid, { waitMs: 1_000 })).release()
  })
})

describe('a store that fails', () => {
  test.each(['throws', 'rejects'])('%s: the error has the cause, and nothing stays held', async (how) => {
    const cause = new Error('no connection')
    const store = memory()
    let broken = true
    const failing = async () => {
      if (how === 'rejects') throw cause
    }
    const acquire: SessionStore['acquire'] = (...args) => {
      if (!broken) return store.acquire(...args)
      if (how === 'throws') throw cause
      return failing().then(() => null)
    }
    const sessions = open({ ...store, acquire })
    const sid = sessions.mint()
    const attempt = async () => sessions.hold(sid, { waitMs: 1_000 })
    await expect(attempt()).rejects.toEqual(failed('memory failed: no connection'))
    await expect(attempt()).rejects.toMatchObject({ cause, status: 503 })
    broken = false
    await (await attempt()).release()
  })

  test('at the commit: nothing is told to be written, and the session comes free', async () => {
    const store = memory()
    let broken = true
    const sessions = open({
      ...store,
      commit(...args) {
        if (broken) throw new Error('full')
        return store.commit(...args)
      },
    })
    const sid = sessions.mint()
    const held = await sessions.hold(sid, { waitMs: 1_000 })
    held.session.a = 1
    expect(() => held.commit({ keep: true })).toThrow(failed('full'))
    broken = false
    const again = await sessions.hold(sid, { waitMs: 1_000 })
    expect(again.session.a).toBeUndefined()
  })

  test('at the release: the session comes free as far as this process can tell', async () => {
    const store = memory()
    const sessions = open({
      ...store,
      release() {
        throw new Error('gone')
      },
      acquire: (key, _, leaseMs) => store.acquire(key, 'anybody', leaseMs),
    })
    const sid = sessions.mint()
    for (let n = 0; n < 3; n++) await (await sessions.hold(sid, { waitMs: 1_000 })).release()
  })

  test('that freezes at the commit has failed in 1.5 s', async () => {
    vi.useFakeTimers()
    let frozen = false
    const sessions = open(remote(memory(), async () => frozen && new Promise(() => {})))
    const sid = sessions.mint()
    for (const change of [() => {}, (held: HeldSession) => held.session.regenerate()]) {
      frozen = false
      const held = await sessions.hold(sid, { waitMs: 60_000 })
      held.session.a = 1
      change(held)
      frozen = true
      const committed = expect(held.commit({ keep: true })).rejects.toEqual(failed('no answer'))
      await vi.advanceTimersByTimeAsync(1_500)
      await committed
      await vi.advanceTimersByTimeAsync(1_500)
    }
  })

  test('that does not answer has failed in 1.5 s', async () => {
    vi.useFakeTimers()
    const sessions = open(remote(memory(), () => new Promise(() => {})))
    const sid = sessions.mint()
    const held = expect(sessions.hold(sid, { waitMs: 60_000 })).rejects.toEqual(failed('no answer within 1500 ms'))
    const viewed = expect(sessions.view(sid)).rejects.toEqual(failed('no answer within 1500 ms'))
    await vi.advanceTimersByTimeAsync(1_500)
    await Promise.all([held, viewed])
  })
})

test('a lease that is granted when nobody waits for it any more is given back', async () => {
  const store = memory()
  const { promise: frozen, resolve: thaw } = withResolvers<void>()
  const { promise: released, resolve: release } = withResolvers<void>()
  const slow = remote(store, async (call) => {
    if (call === 'acquire') await frozen
    if (call === 'release') release()
  })
  const [here, there] = [open(slow), open(store)]
  const sid = here.mint()
  const abort = new AbortController()
  const held = here.hold(sid, { waitMs: 60_000, signal: abort.signal })
  abort.abort()
  await expect(held).rejects.toBe(abort.signal.reason)
  thaw()
  await released
  const theirs = there.hold(sid, { waitMs: 0 })
  expect(isPromise(theirs)).toBe(false)
})

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
