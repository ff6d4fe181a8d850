import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRedis, startRedisCluster, startSentinel } from '../../../scripts/services/redis.mjs'
import type { Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import type { RedisClient } from './redis/client.ts'
import { redis } from './redis.ts'

const write = (body: string, version = 0) => ({ owner: 'a', version, next: version + 1, body, ttl: 60_000 })

describe('a cluster of three masters', () => {
  let nodes: Service[]
  const urls = () => nodes.map(({ url }) => url.replace(/\/0$/, ''))
  beforeAll(async () => {
    nodes = await startRedisCluster()
  }, 60_000)
  afterAll(() => Promise.all(nodes.map((node) => node.stop())))

  const makers: Record<string, () => Promise<{ store: SessionStore; end(): unknown }>> = {
    async 'its own connections'() {
      const store = redis({ cluster: urls() })
      return { store, end: () => store.close?.() }
    },
    async 'a client of ioredis'() {
      const client = new Cluster(urls())
      return { store: redis(client as unknown as RedisClient), end: () => client.disconnect() }
    },
    async 'a client of node-redis'() {
      const client = createCluster({ rootNodes: urls().map((url) => ({ url })) })
      await client.connect()
      return { store: redis(client as unknown as RedisClient), end: () => client.close() }
    },
  }
  describe.each(Object.entries(makers))('conformance, by %s', (_, make) => {
    let made: Awaited<ReturnType<typeof make>>
    beforeAll(async () => {
      made = await make()
    })
    afterAll(() => made.end())
    for (const { name, run } of sessionStoreConformance(() => ({ store: made.store }))) test(name, run)
  })

  test('options of the cluster reach it: addresses that only its own network knows are translated', async () => {
    const translated = new Set<string>()
    const natMap = (address: string) => {
      translated.add(address)
      return { host: '127.0.0.1', port: Number(address.split(':')[1]) }
    }
    const store = redis({ cluster: urls().slice(0, 1), natMap })
    onTestFinished(() => store.close?.())
    for (let n = 0; n < 20; n++) await store.read(`nat:${n}`)
    expect([...translated].sort()).toEqual(nodes.map(({ port }) => `127.0.0.1:${port}`).sort())
  })

  test('the password in the address of one node opens those that are found by it', async () => {
    const all = nodes.map(({ url }) => new Redis(url))
    onTestFinished(async () => {
      for (const node of all) {
        await node.config('SET', 'requirepass', '')
        node.disconnect()
      }
    })
    for (const node of all) await node.config('SET', 'requirepass', 'p%w')
    const store = redis({ cluster: [`redis://:p%25w@127.0.0.1:${nodes[0]?.port}`] })
    onTestFinished(() => store.close?.())
    for (let n = 0; n < 20; n++) expect(await store.read(`password:${n}`)).toEqual({ version: 0, body: '' })
  })

  test('sessions are spread over the nodes, each with its lease', async () => {
    const store = redis({ cluster: urls() })
    onTestFinished(() => store.close?.())
    const said: string[] = []
    store.open?.({ poolSize: 2, warn: (message) => said.push(message), died() {} })
    for (let n = 0; n < 60; n++) {
      expect(await store.acquire(`spread:${n}`, 'a', 60_000)).toEqual({ version: 0, body: '' })
      expect(await store.commit(`spread:${n}`, write('x'))).toBe(true)
      expect(await store.acquire(`spread:${n}`, 'b', 60_000)).toEqual({ version: 1, body: 'x' })
    }
    const client = new Cluster(urls())
    onTestFinished(() => client.disconnect())
    await client.get('x')
    const counts = await Promise.all(client.nodes('master').map((node: Redis) => node.dbsize()))
    expect(counts).toHaveLength(3)
    expect(Math.min(...counts)).toBeGreaterThan(10)
  })
})

test('Sentinel leads to the new master after a failover', async () => {
  const master = await startRedis()
  const replica = await startRedis('--replicaof', '127.0.0.1', String(master.port))
  const sentinel = await startSentinel('main', master)
  onTestFinished(async () => void (await Promise.all([master, replica, sentinel].map((one) => one.stop()))))
  const store = redis({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'main' })
  onTestFinished(() => store.close?.())
  expect(await store.commit('x', write('x'))).toBe(true)
  const there = redis(replica.url)
  onTestFinished(() => there.close?.())
  await expect.poll(() => there.read('x'), { timeout: 20_000 }).toEqual({ version: 1, body: 'x' })
  await master.kill()
  const commit = async () => Promise.resolve(store.commit('y', write('y'))).catch(() => false)
  await expect.poll(commit, { timeout: 40_000, interval: 200 }).toBe(true)
  expect(await store.read('x')).toEqual({ version: 1, body: 'x' })
}, 60_000)
