import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dialects, migrationOf } from '../server/session/stores/sql/migration.ts'

test.each(dialects)('migrations/%s.sql is what the command prints', (dialect) => {
  const printed = migrationOf(dialect, { table: 'sessions', columns: 'patella' }).map((statement) => `${statement};\n`)
  expect(readFileSync(`docs/migrations/${dialect}.sql`, 'utf8')).toBe(printed.join(''))
})
