import ConnectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import createMemoryStore from 'memorystore'
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../../../scripts/services/postgres.mjs'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import { formatRecord } from '../record.ts'
import { createSessions } from '../sessions.ts'
import type { SessionStore } from '../store.ts'
import type { ExpressStore } from './express-session/watch.ts'
import { expressSession } from './express-session.ts'

const MemoryStore = createMemoryStore(session)
const ends: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

const makers: Record<string, () => ExpressStore | Promise<ExpressStore>> = {
  'MemoryStore of express-session': () => new session.MemoryStore(),
  memorystore: () => new MemoryStore({}),
  async 'connect-redis 9'() {
    const server = await startRedis()
    const client = createClient({ url: server.url })
    await client.connect()
    ends.push(
      () => server.stop(),
      () => client.close(),
    )
    return new RedisStore({ client })
  },
  async 'connect-pg-simple'() {
    const server = await startPostgres()
    const pool = new pg.Pool({ connectionString: server.url })
    const store = new (ConnectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    ends.push(
      () => server.stop(),
      () => pool.end(),
    )
    return store
  },
}

const setting = { poolSize: undefined, warn() {}, died() {} }
const recordOf = (data: Record<string, unknown>) =>
  formatRecord({
    dead: false,
    born: 1,
    sent: 1,
    flash: '{}',
    notes: '[]',
    data: new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)])),
  })
const write = (data: Record<string, unknown>, version: number, owner = 'a', ttl = 60_000) => ({
  owner,
  version,
  next: version + 1,
  ttl,
  body: recordOf(data),
})

describe.each(Object.entries(makers))('%s', (_name, make) => {
  let express: ExpressStore
  let store: SessionStore
  beforeAll(async () => {
    express = await make()
    store = expressSession(express)
    store.open?.(setting)
  }, 60_000)

  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)

  const get = (sid: string) =>
    new Promise<any>((resolve, reject) =>
      express.get(sid, (error, found) => (error ? reject(error) : resolve(found && JSON.parse(JSON.stringify(found))))),
    )
  const put = (sid: string, record: object) =>
    new Promise<void>((resolve, reject) => express.set(sid, record, (error) => (error ? reject(error) : resolve())))
  const cookie = () => ({ originalMaxAge: 60_000, expires: new Date(Date.now() + 60_000), httpOnly: true, path: '/' })

  test('a record that a route made is read as it is, and changed key by key', async () => {
    await put('route', { cookie: cookie(), passport: { user: 'ann' }, id: 'kept', cart: [1] })
    const loaded = await store.acquire('route', 'a', 60_000)
    expect(loaded?.version).toBe(1)
    expect(loaded?.body).toContain('"passport"\n{"user":"ann"}')
    expect(await store.commit('route', write({ passport: { user: 'ann' }, cart: [1, 2] }, 1))).toBe(true)
    const { cookie: after, _patella, ...data } = await get('route')
    expect(data).toEqual({ passport: { user: 'ann' }, id: 'kept', cart: [1, 2] })
    expect(after).toMatchObject({ originalMaxAge: 60_000, httpOnly: true, path: '/' })
  })

  test('what a route writes while an action runs stays', async () => {
    await put('both', { cookie: cookie(), visits: 1, count: 1 })
    await store.acquire('both', 'a', 60_000)
    await put('both', { cookie: cookie(), visits: 2, count: 1 })
    expect(await store.commit('both', write({ visits: 1, count: 2 }, 1))).toBe(true)
    expect(await get('both')).toMatchObject({ visits: 2, count: 2 })
  })

  test('what a route destroys is dead: told, with a tombstone beside, and not written back', async () => {
    await put('gone', { cookie: cookie(), user: 'ann' })
    const told: string[] = []
    const other = expressSession(express)
    other.open?.({ ...setting, died: (sid) => told.push(sid) })
    await store.acquire('gone', 'a', 60_000)
    await new Promise<void>((resolve, reject) =>
      express.destroy('gone', (error) => (error ? reject(error) : resolve())),
    )
    expect(told).toEqual(['gone'])
    expect((await store.read('gone')).body).toMatch(/^patella 1 dead\n/)
    expect((await other.read('gone')).body).toMatch(/^patella 1 dead\n/)
    expect(await store.commit('gone', write({ user: 'ann' }, 1))).toBe(false)
    await put('gone', { cookie: cookie(), user: 'ann' })
    expect(await get('gone')).toBeFalsy()
  })

  test('what a route destroys in the midst of a commit, or of a touch, does not come back', async () => {
    let beforeAnswer: (() => Promise<void>) | undefined
    const raced: ExpressStore = Object.assign(Object.create(express), {
      get(sid: string, done: (error: unknown, found?: unknown) => void) {
        const act = beforeAnswer
        beforeAnswer = undefined
        express.get(sid, (error, found) => void Promise.resolve(act?.()).then(() => done(error, found)))
      },
    })
    const racing = expressSession(raced)
    racing.open?.(setting)
    for (const [sid, change] of [
      ['raced', () => racing.commit('raced', write({ user: 'ann', count: 1 }, 1))],
      ['touched', () => racing.touch('touched', 60_000)],
    ] as const) {
      await put(sid, { cookie: cookie(), user: 'ann' })
      await racing.acquire(sid, 'a', 60_000)
      beforeAnswer = () =>
        new Promise<void>((resolve, reject) => raced.destroy(sid, (error) => (error ? reject(error) : resolve())))
      expect(await change()).not.toBe(true)
      expect(await get(sid)).toBeFalsy()
    }
  })

  test('a tombstone of its own leaves nothing under the id', async () => {
    expect(await store.commit('moved', write({ user: 'ann' }, 0))).toBe(true)
    const body = formatRecord({ dead: true, at: 1 })
    expect(await store.commit('moved', { owner: 'a', version: 1, next: 2, body, ttl: 60_000 })).toBe(true)
    expect(await store.read('moved')).toEqual({ version: 2, body })
    expect(await get('moved')).toBeFalsy()
  })

  test('a life that the app gave counts from each use, and no longer than Patella allows', async () => {
    const left = async (sid: string) => Date.parse((await get(sid)).cookie.expires) - Date.now()
    await put('life', { cookie: { ...cookie(), expires: new Date(Date.now() + 5_000) }, a: 1 })
    expect(await store.commit('life', write({ a: 2 }, 1, 'a', 3_600_000))).toBe(true)
    expect(await left('life')).toBeGreaterThan(30_000)
    expect(await left('life')).toBeLessThanOrEqual(60_000)
    expect(await store.commit('life', write({ a: 3 }, 2, 'a', 20_000))).toBe(true)
    expect(await left('life')).toBeLessThanOrEqual(20_000)
    await put('open', { cookie: { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }, a: 1 })
    expect(await store.commit('open', write({ a: 2 }, 1))).toBe(true)
    expect((await get('open')).cookie).toMatchObject({ originalMaxAge: null, expires: null })
  })

  test('keys that are not the app’s own are refused', async () => {
    await expect((async () => store.commit('own', write({ cookie: 1 }, 0)))()).rejects.toThrow("is Patella's own")
  })
})

describe('faults', () => {
  const silent: ExpressStore = { get() {}, set() {}, destroy() {} }

  test('a store that never answers fails the request, and holds nobody up for good', async () => {
    const store = expressSession(silent, { commandTimeout: 50, maxPending: 2 })
    const asked = [store.acquire('x', 'a', 1_000), store.acquire('x', 'b', 1_000)]
    await expect((async () => store.read('y'))()).rejects.toThrow('2 commands wait for an answer already')
    for (const one of asked) await expect(one).rejects.toThrow('no answer within 50 ms')
  })

  test('what it says is wrong, or gives back, is told', async () => {
    const failing = expressSession({ ...silent, get: (_sid, done) => done(new Error('down')) })
    await expect((async () => failing.read('x'))()).rejects.toThrow('down')
    const missing = expressSession({
      ...silent,
      get: (_sid, done) => done(Object.assign(new Error(), { code: 'ENOENT' })),
    })
    expect(await missing.read('x')).toEqual({ version: 0, body: '' })
    for (const odd of ['text', 1, [], { _patella: 7 }, { cookie: 'x' }]) {
      const store = expressSession({ ...silent, get: (_sid, done) => done(null, odd) })
      expect((await store.read('x')).version).toBe(typeof odd === 'object' ? 1 : 0)
    }
  })

  test('a destroy that fails buries nothing', async () => {
    const express: ExpressStore = { ...new session.MemoryStore(), ...silent, set: (_sid, _record, done) => done?.() }
    express.destroy = (_sid, done) => done?.(new Error('down'))
    let told = 0
    expressSession(express).open?.({ ...setting, died: () => void told++ })
    const failed = new Promise((resolve) => express.destroy('x', resolve))
    expect(await failed).toMatchObject({ message: 'down' })
    expect(told).toBe(0)
  })
})

test('a session that a route began is as old as its first commit here, whatever absoluteExpiry', async () => {
  const express = new session.MemoryStore()
  const logger = { warn() {} }
  const config = { secrets: ['secret'], production: false, logger, leaseMs: 15_000, absoluteExpiry: '1h' }
  const sessions = createSessions({ ...config, store: expressSession(express) })
  const cookie = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }
  await new Promise((resolve) => express.set('route', { cookie, user: 'ann' } as never, resolve))
  expect({ ...(await sessions.view('route')).session }).toEqual({ user: 'ann' })
  const held = await sessions.hold('route', { waitMs: 60_000 })
  held.session.count = 1
  expect(await held.commit({ keep: true })).toMatchObject({ ok: true })
  expect({ ...(await sessions.view('route')).session }).toEqual({ user: 'ann', count: 1 })
  await sessions.close()
})
