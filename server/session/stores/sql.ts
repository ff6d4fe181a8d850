import { PatellaError } from '../../../protocol/errors.ts'
import { attempt, chain } from '../awaitable.ts'
import { durationInSeconds } from '../duration.ts'
import type { Awaitable, SessionStore, StoredSession, StoreSetting } from '../store.ts'
import { boundsOf, createPending, type StoreBounds } from './pending.ts'
import { adopt, connectTo } from './sql/connect.ts'
import type { Answer, Database, MysqlPool, SqlClient } from './sql/database.ts'
import { explain, isPassing } from './sql/failures.ts'
import { type Columns, migrationOf } from './sql/migration.ts'
import { createPruning } from './sql/pruning.ts'
import { batch, type Statements, statementsOf } from './sql/statements.ts'

/** A connection on which an answer takes longer than `commandTimeout` is closed, and another one takes its place. */
export interface SqlOptions extends StoreBounds {
  /** Default `sessions`; `schema.sessions` names one in a schema. */
  table?: string
  /** `'connect-pg-simple'`: a table of that package, `session` by default, with columns that the migration adds. */
  columns?: Columns
  /** Makes the table where there is none: for development. Default false. */
  createTable?: boolean
  /** How often rows whose life is over are deleted: seconds or `'15m'`, more or less; false for never. Default `'15m'`. */
  pruneEvery?: number | string | false
}

export interface SqlStore extends SessionStore {
  /** Deletes the rows whose life is over; resolves to their number. */
  prune(): Promise<number>
}

/** How often a statement is tried again that lost against another one, and the longest pause before that, ms. */
const again = { tries: 10, pauseMs: 20 }

/**
 * Sessions in a table of PostgreSQL, MySQL, MariaDB or SQLite. Give an address (`postgres://`, `mysql://`, `mariadb://`,
 * `sqlite:path`; DATABASE_URL by default), or a pool of pg or mysql2 or a database of `node:sqlite` that stays yours to
 * close. A request costs two round trips, with MySQL three. No lock and no transaction is held while an action runs: a
 * lease is two columns of the row.
 *
 * @example
 * createPatella({ session: { store: sql(process.env.DATABASE_URL) } })
 */
export function sql(
  source: string | SqlClient | { promise(): MysqlPool } | undefined = process.env.DATABASE_URL,
  options: SqlOptions = {},
): SqlStore {
  const { columns = 'patella', createTable = false, pruneEvery = '15m' } = options
  const { commandTimeout, maxPending } = boundsOf('sql', options)
  const { table = columns === 'connect-pg-simple' ? 'session' : 'sessions' } = options
  if (source === undefined) throw invalid('there is no address: set DATABASE_URL, or give one')
  if (!/^[A-Za-z_]\w{0,62}(?:\.[A-Za-z_]\w{0,62})?$/.test(table)) throw invalid(`table ${JSON.stringify(table)}`)
  const everyMs = pruneEvery === false ? undefined : durationInSeconds(pruneEvery, 'sql: pruneEvery') * 1_000
  const connect =
    typeof source === 'string' ? connectTo(source) : (_: number, timeout: number) => adopt(source, timeout)

  let database: Database | undefined
  let closed = false
  const open = ({ poolSize = 5 }: Partial<StoreSetting> = {}): Database => {
    if (closed) throw new Error('the store was closed')
    if (database === undefined) {
      database = connect(poolSize, commandTimeout)
      if (columns === 'connect-pg-simple' && database.dialect !== 'postgres')
        throw invalid('columns "connect-pg-simple" is of PostgreSQL')
    }
    return database
  }

  /** Undefined where there is nothing to make, or the last try to make it failed. */
  let made: Awaitable<unknown>
  let unmade = createTable
  const create = (): Awaitable<unknown> => {
    if (!unmade) return made
    unmade = false
    made = attempt(
      () => {
        let done: Awaitable<unknown>
        for (const statement of migrationOf(open().dialect, { table, columns }))
          done = chain(done, () => run(statement, []))
        return done
      },
      () => undefined,
      (error) => {
        unmade = true
        throw error
      },
    )
    return made
  }

  const query = (text: string, ...values: (string | number)[]) => chain(create(), () => run(text, values))

  /** Again when it lost against another statement; at once where the database answers at once. */
  function run(text: string, values: (string | number)[]): Awaitable<Answer> {
    const once = () => bounded(() => open().query(text, values))
    return attempt(once, same, (error) => tryAgain(once, error, 1))
  }
  async function tryAgain(once: () => Awaitable<Answer>, error: unknown, count: number): Promise<Answer> {
    if (!isPassing(error) || count > again.tries) throw explain(error, table, open().dialect)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * again.pauseMs))
    return attempt(once, same, (next) => tryAgain(once, next, count + 1))
  }

  const bounded = createPending(maxPending)
  let known: Statements | undefined
  const statements = () => (known ??= statementsOf(open().dialect, { table, columns }))

  const prune = async () => {
    let sum = 0
    for (;;) {
      const { count } = await query(statements().prune)
      sum += count
      if (count < batch) return sum
    }
  }
  const pruning = everyMs === undefined ? undefined : createPruning(prune, everyMs)

  return {
    name: 'sql',
    timeout: commandTimeout,
    // Far below what MySQL takes in one packet.
    maxBytes: 4_194_304,
    get local() {
      return open().local ?? false
    },
    open(setting) {
      closed = false
      if (open(setting).local)
        setting.warn('SQLite on this Node is for one process alone. Node 22.13 and newer have one for several.')
      pruning?.start()
    },
    acquire(key, owner, leaseMs) {
      const take = () => query(statements().acquire, key, owner, Math.ceil(leaseMs))
      const { dialect } = open()
      if (dialect === 'mysql')
        return chain(take(), () =>
          chain(query(statements().leased, key), ({ rows: [row] }) =>
            row?.lease_owner === owner ? stored(row) : null,
          ),
        )
      const took = () => chain(take(), ({ rows: [row] }) => (row ? stored(row) : null))
      if (dialect === 'postgres') return took()
      return chain(query(statements().taken, key, owner), ({ rows }) => (rows.length > 0 ? null : took()))
    },
    read: (key) => chain(query(statements().read, key), ({ rows }) => stored(rows[0])),
    commit(key, { owner, version, next, body, ttl }) {
      const ms = Math.ceil(ttl)
      if (version > 0) return chain(query(statements().commit, key, owner, version, body, ms, next), changed)
      return chain(query(statements().commitFirst, key, owner, body, ms, next), (answer) =>
        changed(answer) ? true : chain(query(statements().insert, key, body, ms, next), changed),
      )
    },
    release: (key, owner) => chain(query(statements().release, key, owner), nothing),
    touch: (key, ttl) => chain(query(statements().touch, key, Math.ceil(ttl)), nothing),
    prune,
    figures: () => ({ ...database?.pool?.(), waiting: bounded.waiting }),
    close() {
      pruning?.stop()
      const last = database
      closed = true
      database = undefined
      return last?.close()
    },
  }
}

function stored(row: Answer['rows'][number] | undefined): StoredSession {
  return row === undefined ? { version: 0, body: '' } : { version: Number(row.version), body: row.body }
}

function changed({ count }: Answer): boolean {
  return count > 0
}

function same(answer: Answer): Answer {
  return answer
}

function nothing(): void {}

function invalid(reason: string): PatellaError {
  return new PatellaError('option_invalid', { reason: `sql: ${reason}` })
}
