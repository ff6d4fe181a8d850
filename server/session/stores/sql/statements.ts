import type { Dialect, TableOptions } from './migration.ts'

/**
 * The statements of a store, with `$1`, `$2` … for their parameters in the order of the comments. A row whose life is over
 * counts as none; one that is only leased has version 0 and a life that is over.
 */
export interface Statements {
  /** id, owner, ms. Takes the lease where it is free; on `postgres` and `sqlite` it gives `version` and `body` of what it took. */
  readonly acquire: string
  /** id, owner. A row when somebody else has the lease: SQLite writes even where it changes nothing. */
  readonly taken: string
  /** id. `version`, `body` and `lease_owner` of a row, alive or not. */
  readonly leased: string
  /** id. `version` and `body` of a row that is alive. */
  readonly read: string
  /** id, owner, version, body, ms, the version to store. */
  readonly commit: string
  /** id, owner, body, ms, the version to store. The first commit, of a row that there is already. */
  readonly commitFirst: string
  /** id, body, ms, the version to store. The first commit where there is no row. */
  readonly insert: string
  /** id, owner. */
  readonly release: string
  /** id, ms. */
  readonly touch: string
  /** Deletes some of what is neither alive nor leased: so few at once that nobody waits for it. */
  readonly prune: string
}

/** How a dialect says what the others say otherwise. */
interface Terms {
  /** This moment, by the database's clock, in the type of the columns. */
  readonly now: string
  /** So many ms from now. */
  later(ms: string): string
  /** Begins an insertion that does nothing where there is a row. */
  insertNew(values: string): string
}

export function statementsOf(dialect: Dialect, { table, columns }: TableOptions): Statements {
  const { now, later, insertNew } = terms[dialect]
  const simple = columns === 'connect-pg-simple'
  const [id, body, expires] = simple ? ['sid', 'sess', 'expire'] : ['id', 'body', 'expires_at']
  // A JSON column holds the text as a JSON string.
  const write = (text: string) => (simple ? `to_json(${text}::text)` : text)
  const read = simple ? `CASE WHEN json_typeof(sess) = 'string' THEN sess #>> '{}' ELSE '' END` : body
  const qualified = (column: string) => `${dialect === 'mysql' ? '' : `${table}.`}${column}`

  const isFree = `(${qualified('lease_owner')} IS NULL OR ${qualified('lease_owner')} = $2 OR ${qualified('lease_until')} <= ${now})`
  const isAlive = `${qualified(expires as string)} > ${now} AND ${qualified('version')} > 0`
  const found = `CASE WHEN ${isAlive} THEN ${qualified('version')} ELSE 0 END AS version, CASE WHEN ${isAlive} THEN ${read} ELSE '' END AS body`
  const all = `${id}, version, ${body}, ${expires}, lease_owner, lease_until`
  const lease = `VALUES ($1, 0, ${write("''")}, ${now}, $2, ${later('$3')})`

  return {
    acquire:
      dialect === 'mysql'
        ? // From left to right: the second assignment sees what the first one did.
          `INSERT INTO ${table} (${all}) ${lease} ON DUPLICATE KEY UPDATE lease_owner = IF(${isFree}, $2, lease_owner), lease_until = IF(lease_owner = $2, ${later('$3')}, lease_until)`
        : `INSERT INTO ${table} (${all}) ${lease} ON CONFLICT (${id}) DO UPDATE SET lease_owner = $2, lease_until = ${later('$3')} WHERE ${isFree} RETURNING ${found}`,
    taken: `SELECT 0 AS version, '' AS body FROM ${table} WHERE ${id} = $1 AND NOT ${isFree}`,
    leased: `SELECT ${found}, lease_owner FROM ${table} WHERE ${id} = $1`,
    read: `SELECT version, ${read} AS body FROM ${table} WHERE ${id} = $1 AND ${isAlive}`,
    commit: `UPDATE ${table} SET version = $6, ${body} = ${write('$4')}, ${expires} = ${later('$5')}, lease_owner = NULL, lease_until = NULL WHERE ${id} = $1 AND version = $3 AND ${isAlive} AND ${isFree}`,
    commitFirst: `UPDATE ${table} SET version = $5, ${body} = ${write('$3')}, ${expires} = ${later('$4')}, lease_owner = NULL, lease_until = NULL WHERE ${id} = $1 AND NOT (${isAlive}) AND ${isFree}`,
    insert: insertNew(
      `INTO ${table} (${id}, version, ${body}, ${expires}) VALUES ($1, $4, ${write('$2')}, ${later('$3')})`,
    ),
    release: `UPDATE ${table} SET lease_owner = NULL, lease_until = NULL WHERE ${id} = $1 AND lease_owner = $2`,
    touch: `UPDATE ${table} SET ${expires} = ${later('$2')} WHERE ${id} = $1 AND ${isAlive}`,
    prune: pruneOf(
      dialect,
      table,
      id as string,
      `${expires} <= ${now} AND (lease_until IS NULL OR lease_until <= ${now})`,
    ),
  }
}

const terms: Record<Dialect, Terms> = {
  postgres: {
    now: 'clock_timestamp()',
    later: (ms) => `clock_timestamp() + ${ms}::float8 * interval '1 millisecond'`,
    insertNew: (values) => `INSERT ${values} ON CONFLICT DO NOTHING`,
  },
  mysql: {
    now: 'UTC_TIMESTAMP(3)',
    later: (ms) => `UTC_TIMESTAMP(3) + INTERVAL ${ms} * 1000 MICROSECOND`,
    insertNew: (values) => `INSERT IGNORE ${values}`,
  },
  sqlite: {
    now: '$now',
    later: (ms) => `$now + ${ms}`,
    insertNew: (values) => `INSERT ${values} ON CONFLICT DO NOTHING`,
  },
}

/** Rows that are deleted at once. */
export const batch = 1_000

function pruneOf(dialect: Dialect, table: string, id: string, isOver: string): string {
  if (dialect === 'mysql') return `DELETE FROM ${table} WHERE ${isOver} LIMIT ${batch}`
  // Twice: PostgreSQL looks again at a row that somebody revived meanwhile, at the outer condition alone.
  return `DELETE FROM ${table} WHERE ${id} IN (SELECT ${id} FROM ${table} WHERE ${isOver} LIMIT ${batch}) AND ${isOver}`
}
