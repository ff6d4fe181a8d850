import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { certify } from '../../../scripts/services/certificate.mjs'
import { startRedis } from '../../../scripts/services/redis.mjs'
import { freePort, type Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import { type RedisOptions, redis } from './redis.ts'

const write = (body: string, version = 0, owner = 'a') => ({ owner, version, next: version + 1, body, ttl: 60_000 })

/** What is read, or nothing when that fails. */
const attempt = (store: SessionStore) => Promise.resolve(store.read('x')).catch(() => undefined)

let server: Service

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const open = (options: RedisOptions = {}, url = server.url) => {
  const store = redis(url, options)
  onTestFinished(() => store.close?.())
  return store
}

describe('conformance, by its own connections', () => {
  let store: SessionStore
  beforeAll(() => {
    store = redis(server.url)
  })
  afterAll(() => store.close?.())
  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
})

describe('conformance, by a client of ioredis', () => {
  let client: Redis
  let store: SessionStore
  beforeAll(() => {
    client = new Redis(server.url, { keyPrefix: 'app:' })
    store = redis(client)
  })
  afterAll(() => void client.disconnect())
  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
})

describe('conformance, by a client of node-redis', () => {
  let client: ReturnType<typeof createClient>
  let store: SessionStore
  beforeAll(async () => {
    client = createClient({ url: server.url })
    await client.connect()
    store = redis(client)
  })
  afterAll(() => client.close())
  for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
})

test('a session costs one command to load and one to commit, and always has an expiry', async () => {
  const store = open({}, `${server.url.slice(0, -1)}3`)
  await store.acquire('warm', 'a', 1_000)
  await store.commit('warm', write('x'))
  const other = new Redis(`${server.url.slice(0, -1)}3`)
  const count = async () => Number(/total_commands_processed:(\d+)/.exec(await other.info('stats'))?.[1])
  const before = await count()
  await store.acquire('counted', 'a', 1_000)
  await store.commit('counted', write('x'))
  // The scripts' own commands count as well: GET, SET and GET; GET, GETRANGE, SET and DEL.
  expect((await count()) - before - 1).toBe(2 + 3 + 4)
  for (const key of await other.keys('*')) expect(await other.pttl(key), key).toBeGreaterThan(0)
  other.disconnect()
})

test('forgotten scripts are sent again', async () => {
  const store = open()
  expect(await store.commit('forgotten', write('x'))).toBe(true)
  const other = new Redis(server.url)
  await other.script('FLUSH')
  expect(await store.commit('forgotten', write('y', 1))).toBe(true)
  other.disconnect()
})

test('a commit that is sent again after it was written is answered as written', async () => {
  const store = open()
  expect(await store.commit('again', write('x'))).toBe(true)
  expect(await store.commit('again', write('x'))).toBe(true)
  expect(await store.commit('again', write('x', 0, 'b'))).toBe(false)
  expect(await store.commit('again', write('y'))).toBe(false)
  expect(await store.read('again')).toEqual({ version: 1, body: 'x' })
  // Somebody waited for the lease, and has it by now.
  expect(await store.acquire('again', 'b', 60_000)).toEqual({ version: 1, body: 'x' })
  expect(await store.commit('again', write('x'))).toBe(true)
  expect(await store.commit('again', write('y', 1))).toBe(false)
})

test('what is not its own under a key counts as not there, and is replaced', async () => {
  const store = open()
  const other = new Redis(server.url)
  for (const foreign of [
    '',
    '{"cookie":{}}',
    '1\nx',
    'x y\nz',
    '-1 a\nx',
    '1 a',
    `${'9'.repeat(30)} a\nx`,
    '\u0000\n',
  ]) {
    await other.set('foreign', foreign)
    expect(await store.read('foreign'), foreign).toEqual({ version: 0, body: '' })
    expect(await store.acquire('foreign', 'a', 1_000)).toEqual({ version: 0, body: '' })
    expect(await store.commit('foreign', write('x')), foreign).toBe(true)
  }
  await other.del('foreign')
  await other.lpush('foreign', 'x')
  await expect(store.read('foreign')).rejects.toThrow('WRONGTYPE')
  other.disconnect()
})

test('the addresses that it is given are those it goes to', async () => {
  const other = new Redis(server.url)
  for (const [index, source] of [
    { host: '127.0.0.1', port: server.port, db: 4 },
    { url: `redis://127.0.0.1:${server.port}/5` },
    `redis://127.0.0.1:${server.port}/6`,
    { db: 7 },
    { port: server.port, db: 8 },
    undefined,
  ].entries()) {
    vi.stubEnv('REDIS_URL', `redis://127.0.0.1:${source && 'port' in Object(source) ? 1 : server.port}/9`)
    const store = typeof source === 'string' ? redis(source) : redis(source)
    vi.unstubAllEnvs()
    await store.commit('there', write('x'))
    await store.close?.()
    await other.select(4 + index)
    expect(await other.keys('*'), JSON.stringify(source)).toEqual(['there'])
  }
  other.disconnect()
})

test('rediss: speaks TLS, and to nobody whom the certificate does not name', async () => {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'patella-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  certify(folder)
  const [key, pem] = [join(folder, 'localhost.key'), join(folder, 'localhost.pem')]
  const files = ['--tls-key-file', key, '--tls-cert-file', pem, '--tls-auth-clients', 'no', '--tls-ca-cert-file', pem]
  const own = await startRedis('--tls-port', String(port), ...files)
  onTestFinished(() => own.stop())
  const url = `rediss://127.0.0.1:${port}`
  const store = open({ tls: { ca: readFileSync(pem) } }, url)
  expect(await store.commit('x', write('secret'))).toBe(true)
  expect((await store.read('x')).body).toBe('secret')
  await expect(open({}, url).read('x')).rejects.toThrow()
})

test('a user with the rights that the deployment page names has enough of them', async () => {
  const page = readFileSync('docs/12-deployment.md', 'utf8')
  const rule = /`ACL SETUSER (.*?)`/s.exec(page)?.[1]?.replace(/\s+/g, ' ') as string
  const other = new Redis(server.url)
  await other.call('ACL', 'SETUSER', ...rule.split(' '))
  const refused = async () => Number(/acl_access_denied_cmd:(\d+)/.exec(await other.info('stats'))?.[1])
  const before = await refused()
  const store = open({}, `redis://shop:password@127.0.0.1:${server.port}/1`)
  expect(await store.acquire('patella:x', 'a', 1_000)).toEqual({ version: 0, body: '' })
  expect(await store.commit('patella:x', write('x'))).toBe(true)
  await store.touch('patella:x', 60_000)
  await store.release('patella:x', 'a')
  expect((await store.read('patella:x')).body).toBe('x')
  await expect((async () => store.read('other:x'))()).rejects.toThrow('NOPERM')
  expect(await refused()).toBe(before)
  other.disconnect()
})

test('keyPrefix is refused in a cluster, where it would part a record from its lease', () => {
  expect(() => redis({ cluster: [server.url], keyPrefix: 'app:' })).toThrow('set session.prefix')
})

test('poolSize is how many connections there are, of which figures() tells', async () => {
  const store = open({ connectionName: 'counted' })
  store.open?.({ poolSize: 3, warn() {}, died() {} })
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.read(`key:${n}`)))
  const other = new Redis(server.url)
  const clients = String(await other.client('LIST')).match(/name=counted /g)
  other.disconnect()
  expect(clients).toHaveLength(3)
  expect(store.figures?.()).toEqual({ connections: 3, waiting: 0 })
})

test('a client of the app is left as it was found', async () => {
  const client = new Redis(server.url)
  const before = client.listenerCount('error')
  const store = redis(client)
  await store.commit('left', write('x'))
  await store.close?.()
  expect(client.listenerCount('error')).toBe(before)
  expect(await client.exists('left')).toBe(1)
  await expect(store.read('left')).rejects.toThrow('the store was closed')
  client.disconnect()
})

describe('faults', () => {
  test('a server that is not there, and then is', async () => {
    const own = await startRedis()
    onTestFinished(() => own.stop())
    await own.kill()
    const store = open({}, own.url)
    await expect(store.read('x')).rejects.toThrow()
    await own.start()
    await expect.poll(() => attempt(store), { timeout: 6_000 }).toEqual({ version: 0, body: '' })
  })

  test('more than so many commands do not wait', async () => {
    const own = await startRedis()
    onTestFinished(() => own.stop())
    const store = open({ maxPending: 10 }, own.url)
    await store.read('x')
    own.signal('SIGSTOP')
    const waiting = Array.from({ length: 10 }, () => attempt(store))
    await expect(store.read('x')).rejects.toThrow('10 commands wait for an answer already')
    own.signal('SIGCONT')
    expect((await Promise.all(waiting)).every((answer) => typeof answer === 'object')).toBe(true)
  })

  test('full, with noeviction', async () => {
    const own = await startRedis('--maxmemory', '2mb', '--maxmemory-policy', 'noeviction')
    onTestFinished(() => own.stop())
    const store = open({}, own.url)
    const fill = async () => {
      for (let n = 0; n < 1_000; n++) await store.commit(`full:${n}`, write('x'.repeat(10_000)))
    }
    await expect(fill()).rejects.toThrow('OOM')
    expect((await store.read('full:0')).version).toBe(1)
  })
})

describe('advice', () => {
  const told = (store: SessionStore) => new Promise<string>((warn) => store.open?.({ poolSize: 1, warn, died() {} }))

  test('in production, where there is no limit', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await told(open())).toContain('there is no maxmemory. It grows until the machine has no memory left.')
  })

  test('is given late by one that was not there at the start', async () => {
    const own = await startRedis('--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru')
    onTestFinished(() => own.stop())
    await own.kill()
    const store = open({ maxRetriesPerRequest: 0 }, own.url)
    const advice = told(store)
    await expect(store.read('x')).rejects.toThrow()
    await own.start()
    expect(await advice).toContain('drops whatever else')
  }, 20_000)

  test.each([
    ['volatile-lru', '10mb', undefined],
    ['noeviction', '10mb', 'refuses every write'],
    ['allkeys-lru', '10mb', 'drops whatever else'],
    ['volatile-ttl', '10mb', 'drops sessions that are in use'],
    ['volatile-lfu', '10mb', 'began just now'],
    ['noeviction', '0', undefined],
  ])('%s, maxmemory %s: %s', async (policy, limit, says) => {
    const own = await startRedis('--maxmemory', limit, '--maxmemory-policy', policy)
    onTestFinished(() => own.stop())
    const store = open({}, own.url)
    const said: string[] = []
    store.open?.({ poolSize: 1, warn: (message) => said.push(message), died() {} })
    // What is asked later on the one connection is answered later.
    await store.read('x')
    await store.read('x')
    if (says === undefined) expect(said).toEqual([])
    else {
      expect(said).toHaveLength(1)
      expect(said[0]).toContain(says)
      expect(said[0]).toContain('Sessions want volatile-lru')
    }
  })
})
