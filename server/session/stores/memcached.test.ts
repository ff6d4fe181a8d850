import { Memcache } from 'memcache'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startMemcached } from '../../../scripts/services/memcached.mjs'
import type { Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import { type MemcachedOptions, memcached } from './memcached.ts'

const year = 31_536_000_000
const write = (body: string, version = 0, ttl = 60_000) => ({ owner: 'a', version, body, ttl })

let server: Service
let client: Memcache

beforeAll(async () => {
  server = await startMemcached()
  client = new Memcache(server.url.replace('memcached:', 'memcache:'))
})
afterAll(async () => {
  await client.disconnect()
  await server.stop()
})

const open = (options: MemcachedOptions = {}, url = server.url) => {
  const store = memcached(url, options)
  onTestFinished(() => store.close?.())
  return store
}

const attempt = (store: SessionStore) => Promise.resolve(store.read('x')).catch(() => undefined)

describe.each(['its own connections', 'a client of yours'])('conformance, by %s', (by) => {
  let store: SessionStore
  beforeAll(() => {
    store = memcached(by === 'a client of yours' ? client : [server.url])
  })
  afterAll(() => store.close?.())
  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
})

test('a client of yours stays open', async () => {
  const store = memcached(client)
  await store.read('x')
  await store.close?.()
  expect(await client.set('mine', '1')).toBe(true)
})

test('a life of more than 30 days is no moment of 1970', async () => {
  const store = open()
  expect(await store.commit('year', write('x', 0, year))).toBe(true)
  expect(await store.read('year')).toEqual({ version: 1, body: 'x' })
  await store.touch('year', 2 * year)
  expect(await store.read('year')).toEqual({ version: 1, body: 'x' })
})

test('the longest body fits, a longer one fails and harms nothing', async () => {
  const store = open()
  const key = 'k'.repeat(200)
  expect(await store.commit(key, write('x'.repeat(store.maxBytes as number)))).toBe(true)
  await expect(store.commit('long', write('x'.repeat(1_100_000)))).rejects.toThrow('too large')
  expect((await store.read(key)).body).toHaveLength(store.maxBytes as number)
})

test('what was dropped between load and commit is not brought back', async () => {
  const store = open()
  await store.commit('dropped', write('x'))
  expect(await store.acquire('dropped', 'a', 60_000)).toEqual({ version: 1, body: 'x' })
  await client.delete('dropped')
  expect(await store.commit('dropped', write('y', 1))).toBe(false)
  expect(await store.read('dropped')).toEqual({ version: 0, body: '' })
})

test('what is not its own under a key counts as not there, and is replaced', async () => {
  const store = open()
  for (const foreign of [
    '',
    '{"cookie":{}}',
    'patella 1 - 0\nx',
    'patella x - 0 0\n',
    'patella 1 - 0 9999999999999',
    '\n',
  ]) {
    await client.set('foreign', foreign)
    expect(await store.read('foreign'), foreign).toEqual({ version: 0, body: '' })
    expect(await store.acquire('foreign', 'a', 1_000)).toEqual({ version: 0, body: '' })
    expect(await store.commit('foreign', write('x')), foreign).toBe(true)
  }
})

test('of several servers each key has one', async () => {
  const other = await startMemcached()
  onTestFinished(() => other.stop())
  const [one, two] = [memcached([server.url, other.url]), memcached([server.url, other.url])]
  for (let n = 0; n < 50; n++) {
    await one.commit(`spread:${n}`, write(String(n)))
    expect((await two.read(`spread:${n}`)).body).toBe(String(n))
  }
  const there = await open({}, other.url)
  const found = await Promise.all(Array.from({ length: 50 }, (_, n) => there.read(`spread:${n}`)))
  const count = found.filter(({ version }) => version > 0).length
  expect(count > 0 && count < 50).toBe(true)
  await Promise.all([one.close?.(), two.close?.()])
})

describe('faults', () => {
  test('a server that dies fails the request, and is found again', async () => {
    const own = await startMemcached()
    onTestFinished(() => own.stop())
    const store = open({}, own.url)
    await store.commit('x', write('x'))
    await own.kill()
    await expect(store.read('x')).rejects.toThrow()
    await own.start()
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual({ version: 0, body: '' })
  })

  test('a frozen one fails what waits and nothing else, and is found again', async () => {
    const own = await startMemcached()
    onTestFinished(() => own.stop())
    const store = open({ maxPending: 10 }, own.url)
    await store.read('x')
    own.signal('SIGSTOP')
    const waiting = Array.from({ length: 10 }, () => attempt(store))
    await expect(store.read('x')).rejects.toThrow('10 commands wait for an answer already')
    expect((await Promise.all(waiting)).every((answer) => answer === undefined)).toBe(true)
    own.signal('SIGCONT')
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual({ version: 0, body: '' })
  })
})
