import { createRequire } from 'node:module'
import { PatellaError } from '../../../../protocol/errors.ts'
import { requirePackage } from '../require-package.ts'
import {
  type Database,
  type MysqlPool,
  type NodeSqlite,
  type PgPool,
  type SqlClient,
  speakMysql,
  speakPostgres,
  speakSqlite,
  type WasmSqlite,
} from './database.ts'
import { openWasmSqlite } from './wasm-sqlite.ts'

/** A client that the app opened, and goes on owning. */
export function adopt(client: SqlClient | { promise(): MysqlPool }, timeout: number): Database {
  const given = 'promise' in client && typeof client.promise === 'function' ? client.promise() : client
  const has = (name: string) => typeof (given as unknown as Record<string, unknown>)[name] === 'function'
  if (has('getConnection') && has('execute')) return speakMysql(given as MysqlPool, timeout)
  if (has('query') && has('connect')) return speakPostgres(given as PgPool, timeout)
  if (has('exec') && has('prepare')) return speakSqlite(given as NodeSqlite | WasmSqlite)
  throw new PatellaError('option_invalid', {
    reason: 'sql: the client is no pool of pg or mysql2, and no database of node:sqlite or node-sqlite3-wasm',
  })
}

/** The database at an address; its connections are made when the first statement is. Throws `package_missing`. */
export function connectTo(address: string): (poolSize: number, timeout: number) => Database {
  if (/^postgres(?:ql)?:\/\//.test(address)) {
    const { Pool } = requirePackage<{ Pool: new (options: object) => PgPool }>('pg', 'sql() with PostgreSQL')
    const settings = { connectionString: address, connectionTimeoutMillis: 2_000, keepAlive: true }
    return (max, timeout) => {
      const pool = new Pool({ ...settings, max })
      return owned(speakPostgres(pool, timeout), () => pool.end())
    }
  }
  if (/^(?:mysql|mariadb):\/\//.test(address)) {
    const mysql = requirePackage<{ createPool(options: object): MysqlPool }>('mysql2/promise', 'sql() with MySQL')
    const uri = address.replace(/^mariadb:/, 'mysql:')
    return (connectionLimit, timeout) => {
      const pool = mysql.createPool({ uri, connectionLimit, connectTimeout: 2_000 })
      return owned(speakMysql(pool, timeout), () => pool.end())
    }
  }
  if (/^(?:sqlite|file):/.test(address)) return openSqlite(address.replace(/^(?:sqlite|file):(?:\/\/(?=\/|[^/]))?/, ''))
  throw new PatellaError('option_invalid', {
    reason: 'sql: the address begins with postgres://, mysql://, mariadb:// or sqlite:',
  })
}

/** The pool is the store's own. */
function owned(database: Database, end: () => Promise<void>): Database {
  return {
    ...database,
    async close() {
      await end()
      await database.close()
    },
  }
}

/** Several processes may write: readers do not wait for them, and they for each other only so long. */
const settings = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 50'

function openSqlite(path: string): () => Database {
  const node = nodeSqlite()
  if (node !== undefined) {
    return () => {
      const database = new node.DatabaseSync(path)
      database.exec(settings)
      return { ...speakSqlite(database), close: () => database.close() }
    }
  }
  return openWasmSqlite(path)
}

/** From Node 22.13 on. */
function nodeSqlite(): { DatabaseSync: new (path: string) => NodeSqlite } | undefined {
  try {
    return createRequire(import.meta.url)('node:sqlite')
  } catch {
    return undefined
  }
}
