import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Committed, HeldSession, SessionView, ViewEnd } from './contract.ts'
import { createSessions, type SessionsConfig } from './sessions.ts'
import { memory } from './stores/memory.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

function open(config: Partial<SessionsConfig> = {}) {
  const store = memory()
  const touches = vi.spyOn(store, 'touch')
  const logger = { warn() {} }
  const sessions = createSessions({ secrets: ['secret'], production: false, logger, leaseMs: 15_000, ...config, store })
  const sid = sessions.mint()
  return {
    sid,
    store,
    touches,
    view: () => sessions.view(sid) as SessionView,
    /** Commits one more to the count, as an action does or, with `cookie`, as a plain request. */
    add(options: { cookie?: boolean; regenerate?: boolean } = {}) {
      const held = sessions.hold(sid, { waitMs: 0 }) as HeldSession
      held.session.count = (held.session.count ?? 0) + 1
      if (options.regenerate) held.session.regenerate()
      const { cookie = false } = options
      return held.commit({ keep: true, cookie }) as Extract<Committed, { ok: true }>
    },
    count: (id = sid) => (sessions.view(id) as SessionView).session.count,
    hold: () => sessions.hold(sid, { waitMs: 0 }) as HeldSession,
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

describe('a life that slides', () => {
  test('goes on by actions alone', () => {
    const { add, count } = open({ expireAfter: '30m' })
    for (let n = 0; n < 10; n++) {
      add()
      pass(29 * minute)
    }
    expect(count()).toBe(10)
    pass(2 * minute)
    expect(count()).toBeUndefined()
  })

  test('goes on by visits alone, and writes for it at most twice a minute', () => {
    const { add, view, count, touches } = open({ expireAfter: '30m' })
    const visit = () => view().commit({ waitMs: 0, cookie: true }) as ViewEnd
    add({ cookie: true })
    const ends = Array.from({ length: 60 }, () => {
      pass(1_000)
      return visit()
    })
    expect(touches).toHaveBeenCalledTimes(2)
    expect(ends.filter(({ recent }) => !recent)).toHaveLength(2)
    for (let n = 0; n < 5; n++) {
      pass(29 * minute)
      visit()
    }
    expect(count()).toBe(1)
  })
})

describe('absoluteExpiry', () => {
  test('ends a session however much it is used', () => {
    const { add, count, hold } = open({ expireAfter: '30m', absoluteExpiry: '1h' })
    for (let n = 0; n < 5; n++) {
      add()
      pass(11 * minute)
    }
    expect(count()).toBe(5)
    pass(5 * minute)
    expect(count()).toBeUndefined()
    expect({ ...hold().session }).toEqual({})
  })

  test('does not wait for the store to forget, and what ran stays known', () => {
    const { hold, view, store } = open({ absoluteExpiry: '1h' })
    const held = hold()
    held.session.a = 1
    held.commit({ keep: true, note: { tab: 'tab', n: 1, low: 1, text: '1', until: Date.now() + 2 * hour } })
    const [[key]] = JSON.parse(store.dump())
    store.touch(key, day)
    pass(hour + 1)
    const later = hold()
    expect({ ...later.session }).toEqual({})
    expect(later.recall('tab', 1)).toEqual({ kind: 'done', note: 1 })
    later.session.b = 1
    later.commit({ keep: true })
    expect({ ...view().session }).toEqual({ b: 1 })
  })

  test('visits do not lengthen it', () => {
    const { add, view, store } = open({ absoluteExpiry: '1h' })
    add()
    pass(50 * minute)
    view().commit({ waitMs: 0 })
    pass(11 * minute)
    expect(JSON.parse(store.dump())[0][3]).toBeLessThan(Date.now())
  })

  test('begins anew with a new id', () => {
    const { add, count } = open({ absoluteExpiry: '1h' })
    add()
    pass(50 * minute)
    const { sid } = add({ regenerate: true })
    pass(50 * minute)
    expect(count(sid)).toBe(2)
    pass(11 * minute)
    expect(count(sid)).toBeUndefined()
  })
})

describe('the cookie', () => {
  test('is to be given again after a third of its life, once', () => {
    const { add } = open({ expireAfter: '30d' })
    expect(add().renew).toBe(false)
    pass(9 * day)
    expect(add().renew).toBe(false)
    pass(2 * day)
    expect([add().renew, add().renew]).toEqual([true, false])
    pass(11 * day)
    expect(add().renew).toBe(true)
  })

  test('is not, where a plain request or a new id brings it', () => {
    const { add } = open({ expireAfter: '30d' })
    add()
    pass(9 * day)
    expect(add({ cookie: true }).renew).toBe(false)
    pass(9 * day)
    expect(add().renew).toBe(false)
    pass(9 * day)
    expect(add({ regenerate: true }).renew).toBe(false)
  })

  test('lives 400 days at most, as browsers want it', () => {
    const { add } = open({ expireAfter: '10y' })
    add()
    pass(140 * day)
    expect(add().renew).toBe(true)
  })
})

test('what is stored deflated is the same session', () => {
  const { hold, view, store } = open({ compress: true })
  const held = hold()
  held.session.list = Array.from({ length: 1_000 }, (_, n) => `item ${n % 10}`)
  held.commit({ keep: true })
  expect(view().session.list).toHaveLength(1_000)
  expect(JSON.parse(store.dump())[0][2].length).toBeLessThan(500)
})
