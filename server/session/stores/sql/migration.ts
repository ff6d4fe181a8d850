/** A family of databases that take the same statements. */
export type Dialect = 'postgres' | 'mysql' | 'sqlite'

export const dialects: readonly Dialect[] = ['postgres', 'mysql', 'sqlite']

/** `'connect-pg-simple'`: the columns `sid`, `sess` and `expire` of a table that this package made. */
export type Columns = 'patella' | 'connect-pg-simple'

export interface TableOptions {
  table: string
  columns: Columns
}

/** The statements that make the table, or add to one of connect-pg-simple what Patella needs besides. They may run again. */
export function migrationOf(dialect: Dialect, { table, columns }: TableOptions): readonly string[] {
  if (columns === 'connect-pg-simple') return [addTo(table)]
  const index = `${table.split('.').at(-1)}_expires_at`
  switch (dialect) {
    case 'postgres':
      return [
        `CREATE TABLE IF NOT EXISTS ${table} (
  id varchar(200) COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  body text NOT NULL,
  expires_at timestamptz NOT NULL,
  lease_owner varchar(64),
  lease_until timestamptz
)`,
        `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at)`,
      ]
    case 'mysql':
      return [
        `CREATE TABLE IF NOT EXISTS ${table} (
  id varchar(200) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  version bigint NOT NULL,
  body longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  expires_at datetime(3) NOT NULL,
  lease_owner varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
  lease_until datetime(3),
  INDEX ${index} (expires_at)
) ENGINE=InnoDB`,
      ]
    case 'sqlite':
      return [
        `CREATE TABLE IF NOT EXISTS ${table} (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  lease_owner TEXT,
  lease_until INTEGER
) WITHOUT ROWID`,
        `CREATE INDEX IF NOT EXISTS ${index} ON ${table} (expires_at)`,
      ]
  }
}

/** Columns with defaults, so that connect-pg-simple goes on writing its own rows. */
function addTo(table: string): string {
  return `ALTER TABLE ${table}
  ADD COLUMN IF NOT EXISTS version bigint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS lease_owner varchar(64),
  ADD COLUMN IF NOT EXISTS lease_until timestamptz`
}
