import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { HeldSession } from './contract.ts'
import { createSessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A store that stands still: it answers nobody, and does all that it was asked for when it wakes, in this order. */
function sleeper(store: SessionStore = memory()) {
  let asleep = false
  const late: (() => unknown)[] = []
  const calls: string[] = []
  const far =
    <A extends unknown[], R>(name: string, ask: (...args: A) => R) =>
    (...args: A): Promise<Awaited<R>> => {
      calls.push(name)
      if (!asleep) return Promise.resolve(ask(...args))
      late.push(() => ask(...args))
      return new Promise(() => {})
    }
  const remote: SessionStore = {
    name: 'sleeper',
    acquire: far('acquire', store.acquire),
    read: far('read', store.read),
    commit: far('commit', store.commit),
    release: far('release', store.release),
    touch: far('touch', store.touch),
  }
  return {
    remote,
    calls,
    sleep() {
      asleep = true
    },
    wake(order: (calls: (() => unknown)[]) => (() => unknown)[] = (all) => all) {
      asleep = false
      for (const call of order(late.splice(0))) call()
    },
  }
}

const open = (store: SessionStore) =>
  createSessions({ secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs: 15_000, store })
const failed = expect.objectContaining({ code: 'session_store_failed' })

test.each(['as asked', 'reversed'])('a lease given out too late keeps nobody out, %s', async (order) => {
  const { remote, sleep, wake } = sleeper()
  const [one, other] = [open(remote), open(remote)]
  const sid = one.mint()
  sleep()
  const asked = expect(one.hold(sid, { waitMs: 10_000 })).rejects.toEqual(failed)
  await vi.advanceTimersByTimeAsync(1_500)
  await asked
  await vi.advanceTimersByTimeAsync(5_000)
  wake((all) => (order === 'reversed' ? all.reverse() : all))
  const held = Promise.resolve(other.hold(sid, { waitMs: 10_000 }))
  await vi.advanceTimersByTimeAsync(3_000)
  await ((await held) as HeldSession).release()
})

test('the process itself takes it back at once', async () => {
  const { remote, sleep, wake } = sleeper()
  const sessions = open(remote)
  const sid = sessions.mint()
  sleep()
  const asked = expect(sessions.hold(sid, { waitMs: 10_000 })).rejects.toEqual(failed)
  await vi.advanceTimersByTimeAsync(1_500)
  await asked
  wake()
  const held = (await sessions.hold(sid, { waitMs: 10_000 })) as HeldSession
  held.session.count = 1
  expect(await held.commit({ keep: true })).toMatchObject({ ok: true })
})

test('a lease whose commit and release were not answered is given back', async () => {
  const { remote, sleep, wake } = sleeper()
  const [one, other] = [open(remote), open(remote)]
  const sid = one.mint()
  const first = (await one.hold(sid, { waitMs: 10_000 })) as HeldSession
  first.session.count = 1
  sleep()
  const written = expect(first.commit({ keep: true })).rejects.toEqual(failed)
  await vi.advanceTimersByTimeAsync(3_000)
  await written
  // Neither reached it.
  wake(() => [])
  const held = Promise.resolve(other.hold(sid, { waitMs: 10_000 }))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(((await held) as HeldSession).session.count).toBeUndefined()
})

test('it is asked for no longer than the lease could last, by a thousand at most', async () => {
  const { remote, calls, sleep } = sleeper()
  const sessions = open(remote)
  sleep()
  const asked = Array.from({ length: 1_500 }, () =>
    expect(sessions.hold(sessions.mint(), { waitMs: 10_000 })).rejects.toEqual(failed),
  )
  await vi.advanceTimersByTimeAsync(1_500)
  await Promise.all(asked)
  calls.length = 0
  await vi.advanceTimersByTimeAsync(15_000)
  // Each round ends with the first that fails.
  expect(calls.length).toBeGreaterThan(3)
  expect(calls.length).toBeLessThan(20)
  await vi.advanceTimersByTimeAsync(5_000)
  calls.length = 0
  await vi.advanceTimersByTimeAsync(60_000)
  expect(calls).toEqual([])
})
