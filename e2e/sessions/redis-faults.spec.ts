import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { Redis } from 'ioredis'
import { blocksOf } from '../../scripts/markdown.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { Service } from '../../scripts/services/service.mjs'
import type { Tab } from '../../server/host/tab.ts'
import type { Child } from '../support/child.ts'
import { startProxy, type TcpProxy } from '../support/proxy.ts'
import { createProcesses, type Processes, tenth } from './processes.ts'
import { countOf, errorOf, statusOf } from './replies.ts'

/** One app, a Redis of its own, and a wire between the two. */
let redis: Service
let wire: TcpProxy
let processes: Processes
let app: Child

async function open(...options: string[]): Promise<void> {
  redis = await startRedis(...options)
  wire = await startProxy(redis.port)
  processes = createProcesses(`redis://127.0.0.1:${wire.port}/0`)
  app = await processes.start()
}

test.afterEach(async () => {
  await processes.stop()
  await wire.close()
  await redis.stop()
})

/** What Redis is asked beside the app. */
async function beside<T>(work: (client: Redis) => Promise<T>, { url } = redis): Promise<T> {
  const client = new Redis(url)
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}

const failed = 'session_store_failed'
/** Three times what is promised, ms. */
const soon = { timeout: 6_000 }

/** How a request ends, `ok` or its error's code, which is told within the time. */
async function ends(tab: Tab): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no reply in time')), soon.timeout)
  })
  const reply = await Promise.race([tab.send('counter#increment'), late])
  clearTimeout(timer)
  return statusOf(reply) === 'ok' ? 'ok' : errorOf(reply)
}

const recovers = (tab: Tab) => expect.poll(() => ends(tab), soon).toBe('ok')

/** Each tab with a session of its own. */
const visitors = (count: number): Promise<Tab[]> =>
  Promise.all(Array.from({ length: count }, async () => (await processes.tabs([app], 1))[0] as Tab))

test('8: frozen for 10 s, every request is told, none is kept waiting, and what was said to be stored is', async () => {
  await open()
  const tabs = await visitors(10)
  const ok = new Map(tabs.map((tab) => [tab, 0]))
  const told = new Map(tabs.map((tab) => [tab, 0]))
  let over = false
  const busy = tabs.map(async (tab) => {
    while (!over) {
      const end = await ends(tab)
      expect(['ok', failed]).toContain(end)
      const counts = end === 'ok' ? ok : told
      counts.set(tab, (counts.get(tab) as number) + 1)
    }
  })
  await expect.poll(() => Math.min(...ok.values())).toBeGreaterThan(3)
  redis.signal('SIGSTOP')
  const frozen = Date.now()
  const flood = Array.from({ length: 3_000 }, async () => (await tabs[0]?.fetch('/page'))?.status)
  expect([...new Set(await Promise.all(flood))]).toEqual([503])
  await expect.poll(() => Date.now() - frozen, { timeout: 15_000 }).toBeGreaterThan(10_000)
  redis.signal('SIGCONT')
  for (const tab of tabs) {
    const before = ok.get(tab) as number
    await expect.poll(() => ok.get(tab), soon).toBeGreaterThan(before)
  }
  over = true
  await Promise.all(busy)
  const { failures, mostWaiting } = JSON.parse(await (await (tabs[0] as Tab).fetch('/stats')).text())
  expect(failures).toBeGreaterThanOrEqual(3_000)
  expect(mostWaiting).toBeGreaterThan(1_000)
  expect(mostWaiting).toBeLessThanOrEqual(2_000)
  for (const tab of tabs) {
    const counted = countOf(await tab.send('counter#increment')) - 1
    // What failed may have been written all the same; what was answered has been, and once.
    expect(counted).toBeGreaterThanOrEqual(ok.get(tab) as number)
    expect(counted).toBeLessThanOrEqual((ok.get(tab) as number) + (told.get(tab) as number))
  }
})

test(`8: killed ${tenth(20)} times, the app lives, tells, and goes on`, async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  for (let n = 0; n < tenth(20); n++) {
    await recovers(tab)
    await redis.kill()
    expect(await ends(tab)).toBe(failed)
    await redis.start()
  }
  // What was in Redis is gone with it: the visitor begins anew, and is not locked out by a version that went backwards.
  await recovers(tab)
})

test('8: set up as the deployment page has it, what was answered is there after Redis was killed', async () => {
  const page = readFileSync('docs/12-deployment.md', 'utf8')
  const settings = blocksOf(page).find(({ lang }) => lang === 'conf')?.text as string
  await open(
    ...settings
      .trim()
      .split('\n')
      .flatMap((line) => `--${line.replaceAll('"', '')}`.split(' ')),
  )
  const [counting, leaving] = (await visitors(2)) as [Tab, Tab]
  expect(countOf(await leaving.send('counter#increment'))).toBe(1)
  expect(statusOf(await leaving.send('account#logout'))).toBe('ok')
  for (let n = 1; n <= 5; n++) expect(countOf(await counting.send('counter#increment'))).toBe(n)
  await redis.kill()
  expect(await ends(counting)).toBe(failed)
  await redis.start()
  await recovers(counting)
  expect(countOf(await counting.send('counter#increment'))).toBeGreaterThan(6)
  expect(await (await leaving.fetch('/page')).text()).toContain('count:0 ')
})

test('8: an older version of a session, as a failover leaves it, is gone on with', async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  await tab.send('counter#increment')
  await beside(async (client) => {
    const key = keyOf(tab)
    const older = (await client.get(key)) as string
    for (let n = 0; n < 5; n++) await tab.send('counter#increment')
    await client.set(key, older, 'EX', 600)
  })
  expect(countOf(await tab.send('counter#increment'))).toBe(2)
  expect(countOf(await tab.send('counter#increment'))).toBe(3)
})

for (const policy of [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-random',
  'volatile-ttl',
]) {
  test(`8: full, with ${policy}`, async () => {
    await open('--maxmemory', '4mb', '--maxmemory-policy', policy)
    const tabs = await visitors(5)
    for (const tab of tabs) expect(await ends(tab)).toBe('ok')
    await beside(async (client) => {
      const fill = (n: number) => client.set(`junk:${n}`, 'x'.repeat(1_000), 'EX', 600).catch(() => 'OOM')
      await Promise.all(Array.from({ length: 6_000 }, (_, n) => fill(n)))
      // Without it a little comes free now and then, where a session fits in.
      if (policy === 'noeviction') await client.config('SET', 'maxmemory', '2mb')
    })
    for (let n = 0; n < 20; n++) {
      // A session that is dropped between load and commit is a conflict.
      const ended = (await Promise.all(tabs.map(ends))).filter((end) => end !== 'session_conflict')
      expect(new Set(ended)).toEqual(new Set([policy === 'noeviction' ? failed : 'ok']))
    }
    // Who was there before is there, or begins anew.
    expect((await tabs[0]?.fetch('/page'))?.status).toBe(200)
    await beside((client) => client.config('SET', 'maxmemory', '0'))
    await Promise.all(tabs.map(recovers))
  })
}

test('8: forgotten scripts are not noticed', async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  for (let n = 1; n <= 10; n++) {
    await beside((client) => client.script('FLUSH'))
    expect(countOf(await tab.send('counter#increment'))).toBe(n)
  }
})

test('8: while it takes no writes (READONLY), and while it loads (LOADING)', async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  await recovers(tab)
  await beside((client) => client.replicaof('127.0.0.1', 1))
  expect(await ends(tab)).toBe(failed)
  await beside((client) => client.replicaof('NO', 'ONE'))
  await recovers(tab)

  wire.answer = (chunk) => '-LOADING Redis is loading the dataset in memory\r\n'.repeat(commandsIn(chunk))
  expect(await ends(tab)).toBe(failed)
  wire.answer = undefined
  await recovers(tab)
})

test('8: a failover to a replica', async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  const replica = await startRedis('--replicaof', '127.0.0.1', String(redis.port))
  for (let n = 1; n <= 20; n++) expect(countOf(await tab.send('counter#increment'))).toBe(n)
  await expect
    .poll(() => beside((client) => client.get(keyOf(tab)), replica), { timeout: 20_000 })
    .toBe(await beside((client) => client.get(keyOf(tab))))
  await redis.kill()
  expect(await ends(tab)).toBe(failed)
  await beside((client) => client.replicaof('NO', 'ONE'), replica)
  wire.target = replica.port
  await recovers(tab)
  expect(countOf(await tab.send('counter#increment'))).toBeGreaterThan(20)
  await replica.stop()
})

test('9: what is not Patella’s own under a session’s key, or is broken, is a fresh session', async () => {
  await open()
  const [tab] = (await visitors(1)) as [Tab]
  await tab.send('counter#increment')
  await beside(async (client) => {
    const key = keyOf(tab)
    const own = String(await client.get(key))
    const body = own.slice(own.indexOf('\n') + 1)
    const broken = [
      '',
      'x',
      '{"cookie":{},"count":5}',
      own.slice(0, own.length - 3),
      own.replace('patella 1 ', 'patella 9 '),
      `7 a\n${'x'.repeat(5_000_000)}`,
      `7 a\npatella 1z ${'A'.repeat(1_000)}`,
      `7 a\n${body.replace('"count"', '"__proto__"')}`,
      `7 a\npatella 1 dead\n{"at":"x"}\n`,
      `7 a\n${body.replace(/\d+\n$/, 'process.exit(1)\n')}`,
    ]
    for (const text of broken) {
      await client.set(key, text, 'EX', 600)
      expect(countOf(await tab.send('counter#increment')), text.slice(0, 80)).toBe(1)
      expect(countOf(await tab.send('counter#increment'))).toBe(2)
    }
    await client.set(key, Buffer.from(Array.from({ length: 2_000 }, (_, n) => (n * 7_919) % 256)), 'EX', 600)
    expect(countOf(await tab.send('counter#increment'))).toBe(1)
    await client.del(key)
    await client.hset(key, 'count', '5')
    expect(await ends(tab)).toBe(failed)
    await client.del(key)
    await recovers(tab)
  })
})

/** The key of a tab's session. */
function keyOf(tab: Tab): string {
  const [sid = ''] = (tab.cookies.get('_session') ?? '').split('.')
  return `patella:${createHash('sha256').update(sid).digest('base64url')}`
}

/** Commands of RESP, each an array of strings. */
function commandsIn(chunk: Buffer): number {
  return String(chunk).match(/^\*\d+\r$/gm)?.length ?? 0
}
