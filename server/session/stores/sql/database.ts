import type { Awaitable } from '../../store.ts'
import type { Dialect } from './migration.ts'

/** What a statement gave. */
export interface Answer {
  readonly rows: readonly Row[]
  /** Rows that it changed. */
  readonly count: number
}

export interface Row {
  readonly version: number | string
  readonly body: string
  readonly lease_owner?: string | null
}

/** What the store asks of a database, whichever driver speaks to it. */
export interface Database {
  readonly dialect: Dialect
  /** `$1` … of the text stand for `values`. */
  query(text: string, values: readonly (string | number)[]): Awaitable<Answer>
  /** Only this process can use it. */
  readonly local?: boolean
  /** Where the driver tells: connections that are open, and of them without work. */
  pool?(): { readonly connections: number; readonly idle: number }
  close(): Awaitable<void>
}

/** Node's own `DatabaseSync`. */
export interface NodeSqlite {
  exec(text: string): void
  prepare(text: string): {
    all(...values: unknown[]): unknown[]
    run(...values: unknown[]): { changes: number | bigint }
  }
  close(): void
}

/** `Database` of node-sqlite3-wasm. */
export interface WasmSqlite {
  exec(text: string): void
  all(text: string, values: unknown[]): unknown[]
  run(text: string, values: unknown[]): { changes: number | bigint }
  close(): void
}

/** `Pool` of pg. */
export interface PgPool {
  query(query: {
    text: string
    values: unknown[]
    query_timeout: number
  }): Promise<{ rows: unknown[]; rowCount: number | null }>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  readonly totalCount: number
  readonly idleCount: number
  end(): Promise<void>
}

/** The pool of mysql2/promise. */
export interface MysqlPool {
  execute: MysqlConnection['execute']
  getConnection(): Promise<MysqlConnection>
  end(): Promise<void>
}

interface MysqlConnection {
  execute(text: string, values: unknown[]): Promise<[unknown, unknown]>
  release(): void
  destroy(): void
}

export type SqlClient = NodeSqlite | WasmSqlite | PgPool | MysqlPool

/** A connection on which an answer took `timeout` ms is closed. */
export function speakPostgres(pool: PgPool, timeout: number): Database {
  const deaf = () => {}
  // A connection that breaks while nobody uses it would else end the process.
  pool.on('error', deaf)
  return {
    dialect: 'postgres',
    async query(text, values) {
      const { rows, rowCount } = await pool.query({ text, values: [...values], query_timeout: timeout })
      return { rows: rows as Row[], count: rowCount ?? 0 }
    },
    pool: () => ({ connections: pool.totalCount, idle: pool.idleCount }),
    close: () => void pool.off('error', deaf),
  }
}

/** A connection on which an answer took `timeout` ms is closed: the driver's own time-out leaves it in the pool. */
export function speakMysql(pool: MysqlPool, timeout: number): Database {
  const execute = async (text: string, values: unknown[]) => {
    const connection = await pool.getConnection()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        connection.destroy()
        reject(new Error(`no answer within ${timeout} ms`))
      }, timeout).unref()
    })
    const answer = connection.execute(text, values)
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
      // Of one that was closed it is without effect.
      connection.release()
    }
  }
  return {
    dialect: 'mysql',
    async query(text, values) {
      const given: unknown[] = []
      const marked = text.replace(/\$(\d)/g, (_, n) => {
        given.push(values[Number(n) - 1])
        return '?'
      })
      const [result] = await execute(marked, given)
      if (Array.isArray(result)) return { rows: result as Row[], count: 0 }
      return { rows: [], count: (result as { affectedRows: number }).affectedRows }
    },
    close() {},
  }
}

/** Answers synchronously. The clock is this machine's, on which the file is as well. */
export function speakSqlite(client: NodeSqlite | WasmSqlite): Database {
  const marked = new Map<string, string>()
  const prepared = new Map<string, ReturnType<NodeSqlite['prepare']>>()
  const mark = (text: string) => {
    const known = marked.get(text) ?? text.replace(/\$now/g, `?${nowAt}`).replace(/\$(\d)/g, '?$1')
    marked.set(text, known)
    return known
  }
  const run = (text: string, values: unknown[]) => {
    const reads = /^SELECT|RETURNING/.test(text)
    if ('all' in client) return reads ? client.all(text, values) : client.run(text, values)
    const statement = prepared.get(text) ?? client.prepare(text)
    prepared.set(text, statement)
    return reads ? statement.all(...values) : statement.run(...values)
  }
  return {
    dialect: 'sqlite',
    query(text, values) {
      const given: unknown[] = [...values]
      const sql = mark(text)
      if (sql.includes(`?${nowAt}`)) {
        while (given.length < nowAt - 1) given.push(null)
        given.push(Date.now())
      }
      const result = run(sql, given)
      return Array.isArray(result) ? { rows: result as Row[], count: 0 } : { rows: [], count: Number(result.changes) }
    },
    close() {},
  }
}

/** The number of the parameter that is the present moment. */
const nowAt = 9
