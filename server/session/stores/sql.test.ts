import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startMariadb } from '../../../scripts/services/mariadb.mjs'
import { startPostgres } from '../../../scripts/services/postgres.mjs'
import type { Service } from '../../../scripts/services/service.mjs'
import { sessionStoreConformance } from '../conformance.ts'
import type { SessionStore } from '../store.ts'
import { connectTo } from './sql/connect.ts'
import { type Dialect, migrationOf } from './sql/migration.ts'
import { openWasmSqlite } from './sql/wasm-sqlite.ts'
import { type SqlOptions, sql } from './sql.ts'

const write = (body: string, version = 0, ttl = 60_000) => ({ owner: 'a', version, body, ttl })

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

/** Statements of the test's own. */
const ask = async (url: string, ...texts: string[]) => {
  const database = connectTo(url)(1)
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
    const stores = [open(dialect, { table }, url)]
    await stores[0]?.read('made')
    if (!stores[0]?.local) stores.push(open(dialect, { table }, url))
    const increment = async (n: number) => {
      const store = stores[n % stores.length] as SessionStore
      for (;;) {
        const stored = await store.acquire('count', `owner.${n}`, 60_000)
        if (stored) {
          const { version, body } = stored
          const commit = { owner: `owner.${n}`, version, body: String(Number(body) + 1), ttl: 60_000 }
          return expect(await store.commit('count', commit)).toBe(true)
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, n) => increment(n)))
    expect(await stores[0]?.read('count')).toEqual({ version: 50, body: '50' })
  })
})

describe.each(['postgres', 'mysql'] as const)('%s, a server', (dialect) => {
  test('more at once than there are connections wait their turn', async () => {
    const store = open(dialect)
    store.open?.({ poolSize: 3, warn() {}, died() {} })
    const commits = Array.from({ length: 50 }, (_, n) => store.commit(`many:${n}`, write('x')))
    expect((await Promise.all(commits)).every(Boolean)).toBe(true)
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
