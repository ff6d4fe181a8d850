import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { startProxy } from '../../../e2e/support/proxy.ts'
import { startMariadb } from '../../../scripts/services/mariadb.mjs'
import { startPostgres } from '../../../scripts/services/postgres.mjs'
import type { Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import { connectTo } from './sql/connect.ts'
import { type Dialect, migrationOf } from './sql/migration.ts'
import { openWasmSqlite } from './sql/wasm-sqlite.ts'
import { type SqlOptions, sql } from './sql.ts'

const write = (body: string, version = 0, ttl = 60_000) => ({ owner: 'a', version, next: version + 1, body, ttl })

const servers: Partial<Record<Dialect, Service>> = {}
let folder: string
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patella-sqlite-'))
  ;[servers.postgres, servers.mysql] = await Promise.all([startPostgres(), startMariadb()])
}, 60_000)
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  rmSync(folder, { recursive: true })
})

const urlOf = (dialect: Dialect) =>
  dialect === 'sqlite' ? `sqlite:${join(folder, `${++files}.db`)}` : (servers[dialect]?.url as string)

/** A table of its own for each test. */
const open = (dialect: Dialect, options: SqlOptions = {}, url = urlOf(dialect)) => {
  const store = sql(url, { table: `t${++files}`, createTable: true, ...options })
  onTestFinished(() => store.close?.())
  return store
}

/** What one statement counts. */
const numberOf = async (dialect: Dialect, text: string): Promise<number> => {
  const database = connectTo(urlOf(dialect))(1, 5_000)
  const { rows } = await database.query(text, [])
  await database.close()
  return Number((rows[0] as unknown as { n: number }).n)
}

const behind = (dialect: Dialect, { port }: { port: number }) =>
  urlOf(dialect).replace(String(servers[dialect]?.port), String(port))

/** Statements of the test's own. */
const ask = async (url: string, ...texts: string[]) => {
  const database = connectTo(url)(1, 5_000)
  for (const text of texts) await database.query(text, [])
  await database.close()
}

describe.each(['postgres', 'mysql', 'sqlite'] as const)('%s', (dialect) => {
  describe('conformance', () => {
    let store: SessionStore
    beforeAll(() => {
      store = sql(urlOf(dialect), { table: 'conformance', createTable: true })
      store.open?.({ poolSize: 3, warn() {}, died() {} })
    })
    afterAll(() => store.close?.())
    for (const { name, run } of sessionStoreConformance(() => ({ store }))) test(name, run)
  })

  test('the migration makes the table, and may run again; without it the error says so', async () => {
    const url = urlOf(dialect)
    const make = () => sql(url, { table: 'migrated' })
    const before = make()
    const missing = `there is no table migrated. Make it with what this prints: npx --no-install patella sessions migration --dialect ${dialect}`
    await expect((async () => before.read('x'))()).rejects.toThrow(missing)
    await before.close?.()
    const statements = migrationOf(dialect, { table: 'migrated', columns: 'patella' })
    await ask(url, ...statements, ...statements)
    const after = make()
    expect(await after.commit('x', write('x'))).toBe(true)
    expect(await after.read('x')).toEqual({ version: 1, body: 'x' })
    await after.close?.()
  })

  test('keys that differ in case are two, and blanks and rare characters stay', async () => {
    const store = open(dialect)
    const body = '  \u{1f40e} e\u0301 \\\' " $1 ?  '
    await store.commit('key', write(body))
    await store.commit('KEY', write('other'))
    expect((await store.read('key')).body).toBe(body)
    expect((await store.read('KEY')).body).toBe('other')
  })

  test('prune deletes what is over, leaves what lives and what is leased', async () => {
    const store = open(dialect)
    for (let n = 0; n < 30; n++) await store.commit(`over:${n}`, write('x', 0, 1))
    await store.acquire('tried', 'a', 1)
    await store.commit('alive', write('x'))
    await store.acquire('leased', 'a', 60_000)
    await expect.poll(async () => (await store.read('over:29')).version).toBe(0)
    let pruned = 0
    await expect.poll(async () => (pruned += await store.prune())).toBe(31)
    expect((await store.read('alive')).version).toBe(1)
    expect(await store.acquire('leased', 'b', 1_000)).toBeNull()
  })

  test('several processes lose nothing', async () => {
    const url = urlOf(dialect)
    const table = 'several'
    // Both find that there is no table yet.
    const stores = [open(dialect, { table }, url)]
    if (!stores[0]?.local) stores.push(open(dialect, { table }, url))
    const increment = async (n: number) => {
      const store = stores[n % stores.length] as SessionStore
      for (;;) {
        const stored = await store.acquire('count', `owner.${n}`, 60_000)
        if (stored) {
          const { version, body } = stored
          const commit = {
            owner: `owner.${n}`,
            version,
            next: version + 1,
            body: String(Number(body) + 1),
            ttl: 60_000,
          }
          return expect(await store.commit('count', commit)).toBe(true)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, n) => increment(n)))
    expect(await stores[0]?.read('count')).toEqual({ version: 50, body: '50' })
  })
})

test('what is over is pruned now and then, until the store is closed', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const url = `sqlite:${join(folder, 'pruned.db')}`
  const store = open('sqlite', { table: 'pruned', pruneEvery: '10m' }, url)
  store.open?.({ poolSize: 1, warn() {}, died() {} })
  await store.commit('alive', write('x', 0, 86_400_000))
  const left = async (minutes: number) => {
    for (let n = 0; n < 30; n++) await store.commit(`over:${n}`, write('x', 0, 1))
    await vi.advanceTimersByTimeAsync(minutes * 60_000)
    return store.prune()
  }
  // Half of the time at least, and half as much again at most.
  expect([await left(4), await left(11), await left(15)]).toEqual([30, 0, 0])
  await store.close?.()
  expect(vi.getTimerCount()).toBe(0)
})

test('SQLite that is for one process alone says so; else real processes that write to one file lose nothing', async () => {
  const said: string[] = []
  const url = `sqlite:${join(folder, 'processes.db')}`
  const store = open('sqlite', { table: 'processes' }, url)
  store.open?.({ poolSize: 1, warn: (message) => said.push(message), died() {} })
  if (store.local)
    return expect(said).toEqual([expect.stringContaining('SQLite on this Node is for one process alone')])
  expect(said).toEqual([])
  await store.commit('count', write('0'))
  const script = `
    import { sql } from ${JSON.stringify(new URL('./sql.ts', import.meta.url).href)}
    const store = sql(${JSON.stringify(url)}, { table: 'processes' })
    for (let n = 0; n < 200; ) {
      const owner = process.pid + '.' + n
      const stored = await store.acquire('count', owner, 60_000)
      if (!stored) continue
      const { version, body } = stored
      if (!(await store.commit('count', { owner, version, next: version + 1, body: String(Number(body) + 1), ttl: 60_000 }))) throw n
      n += 1
    }
    await store.close()`
  const contend = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect(code, said).toBe(0)
  }
  await Promise.all([contend(), contend(), contend()])
  expect(await store.read('count')).toEqual({ version: 601, body: '600' })
})

test('DATABASE_URL is the address where there is none', async () => {
  vi.stubEnv('DATABASE_URL', urlOf('sqlite'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const store = sql(undefined, { createTable: true })
  onTestFinished(() => store.close?.())
  expect(await store.commit('x', write('x'))).toBe(true)
})

describe.each(['postgres', 'mysql'] as const)('%s, a server', (dialect) => {
  test('more at once than there are connections wait their turn', async () => {
    const store = open(dialect)
    store.open?.({ poolSize: 3, warn() {}, died() {} })
    const commits = Array.from({ length: 50 }, (_, n) => store.commit(`many:${n}`, write('x')))
    expect((await Promise.all(commits)).every(Boolean)).toBe(true)
  })

  test('a pool has as many connections as it may, and nobody is in a transaction between load and commit', async () => {
    const store = open(dialect)
    store.open?.({ poolSize: 3, warn() {}, died() {} })
    await store.acquire('loaded', 'a', 60_000)
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.read(`many:${n}`)))
    const [count, transactions] =
      dialect === 'postgres'
        ? [
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'",
          ]
        : [
            "SELECT count(*) AS n FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND user = 'patella'",
            'SELECT count(*) AS n FROM information_schema.innodb_trx',
          ]
    const before = await numberOf(dialect, count)
    expect(await numberOf(dialect, transactions)).toBe(0)
    await store.close?.()
    await expect.poll(() => numberOf(dialect, count)).toBe(before - 3)
    await expect((async () => store.read('x'))()).rejects.toThrow('the store was closed')
  })

  test('one that is not there at the start makes its table when it is', async () => {
    const wire = await startProxy(servers[dialect]?.port as number)
    onTestFinished(() => wire.close())
    const store = open(dialect, {}, behind(dialect, wire))
    wire.down = true
    store.open?.({ poolSize: 2, warn() {}, died() {} })
    await expect(store.read('x')).rejects.toThrow()
    wire.down = false
    expect(await store.commit('x', write('x'))).toBe(true)
  })

  test('connections that answer nothing are given up, and others take their place', async () => {
    const wire = await startProxy(servers[dialect]?.port as number)
    onTestFinished(() => wire.close())
    const store = open(dialect, { commandTimeout: 300, maxPending: 4 }, behind(dialect, wire))
    store.open?.({ poolSize: 2, warn() {}, died() {} })
    await store.commit('x', write('x'))
    wire.blackhole = true
    const reads = Array.from({ length: 4 }, () => Promise.resolve(store.read('x')).then(String, () => 'failed'))
    await expect((async () => store.read('x'))()).rejects.toThrow('4 commands wait for an answer already')
    // Two are given up; the others find none that answers either.
    expect(await Promise.all(reads)).toEqual(Array(4).fill('failed'))
    wire.blackhole = false
    await expect.poll(async () => (await store.read('x')).body, { timeout: 6_000 }).toBe('x')
    expect(store.figures?.().waiting).toBe(0)
  })

  test('connections that are cut fail what runs on them at most, and others take their place', async () => {
    const store = open(dialect)
    await store.commit('cut', write('x'))
    const url = urlOf(dialect)
    const kill =
      dialect === 'postgres'
        ? "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        : 'KILL CONNECTION USER patella'
    for (let n = 0; n < 5; n++) {
      await ask(url, kill).catch(() => {})
      await expect.poll(async () => (await store.read('cut')).version, { timeout: 6_000 }).toBe(1)
    }
  })
})

test('pools of yours are used and stay open', async () => {
  const pool = new pg.Pool({ connectionString: urlOf('postgres') })
  const other = mysql.createPool(urlOf('mysql'))
  for (const client of [pool, other, other.pool]) {
    const store = sql(client as never, { table: 'yours', createTable: true })
    const { version } = await store.read('x')
    expect(await store.commit('x', write('x', version))).toBe(true)
    await store.close?.()
  }
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await pool.end()
  await other.end()
})

test('prune leaves a row that somebody revives while it looks', async () => {
  const url = urlOf('postgres')
  const store = open('postgres', { table: 'revived' }, url)
  await store.commit('x', write('old', 0, 1))
  await expect.poll(async () => (await store.read('x')).version).toBe(0)
  const other = new pg.Client(url)
  await other.connect()
  onTestFinished(() => other.end())
  await other.query('BEGIN')
  await other.query(`UPDATE revived SET version = 7, body = 'new', expires_at = now() + interval '1 hour'`)
  const pruning = store.prune()
  const waits = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE%revived%'`
  await expect.poll(() => numberOf('postgres', waits)).toBe(1)
  await other.query('COMMIT')
  expect(await pruning).toBe(0)
  expect(await store.read('x')).toEqual({ version: 7, body: 'new' })
})

test('a table of connect-pg-simple keeps its own rows beside ours', async () => {
  const pool = new pg.Pool({ connectionString: urlOf('postgres') })
  await pool.query('CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)')
  await pool.query(`INSERT INTO session VALUES ('theirs', '{"cookie":{},"user":1}', now() + interval '1 hour')`)
  const store = sql(pool, { columns: 'connect-pg-simple', createTable: true })
  expect(await store.commit('ours', write('x "y" \n'))).toBe(true)
  expect(await store.acquire('ours', 'b', 1_000)).toEqual({ version: 1, body: 'x "y" \n' })
  expect(await store.read('theirs')).toEqual({ version: 0, body: '' })
  const { rows } = await pool.query(`SELECT sid FROM session WHERE expire >= now() ORDER BY sid`)
  expect(rows).toEqual([{ sid: 'ours' }, { sid: 'theirs' }])
  await pool.end()
})

describe('SQLite of a Node that has none', () => {
  const openFile = (path: string) => {
    const database = openWasmSqlite(path)()
    for (const statement of migrationOf('sqlite', { table: 'sessions', columns: 'patella' }))
      database.query(statement, [])
    return database
  }

  test('is for one process, which it names', () => {
    const path = join(folder, 'one.db')
    const first = openFile(path)
    expect(() => openFile(path)).toThrow(`one.db is in use by process ${process.pid}`)
    first.close()
    openFile(path).close()
  })

  test('opens what a killed process of the same number left locked, as containers have it', () => {
    const path = join(folder, 'container.db')
    openFile(path).close()
    mkdirSync(`${path}.lock`)
    writeFileSync(`${path}.pid`, String(process.pid))
    openFile(path).close()
  })

  test('opens what a killed process left locked', async () => {
    const path = join(folder, 'killed.db')
    openFile(path).close()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    mkdirSync(`${path}.lock`)
    writeFileSync(`${path}.pid`, String(pid))
    openFile(path).close()
  })
})

test.each([
  ['there is no address', () => sql(undefined)],
  ['the address begins with', () => sql('redis://localhost')],
  ['table "a b"', () => sql('sqlite::memory:', { table: 'a b' })],
  ['table "x;--"', () => sql('sqlite::memory:', { table: 'x;--' })],
  ['is no pool', () => sql({} as never).open?.({ poolSize: 1, warn() {}, died() {} })],
  [
    'is of PostgreSQL',
    () => sql('sqlite::memory:', { columns: 'connect-pg-simple' }).open?.({ poolSize: 1, warn() {}, died() {} }),
  ],
  ['pruneEvery', () => sql('sqlite::memory:', { pruneEvery: 'often' })],
])('%s', (reason, call) => expect(call).toThrow(reason))
