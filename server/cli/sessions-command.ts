import { parseArgs } from 'node:util'
import { PatellaError } from '../../protocol/errors.ts'
import { type Columns, type Dialect, dialects, migrationOf } from '../session/stores/sql/migration.ts'
import { sql } from '../session/stores/sql.ts'
import { type Command, exitCodes, type Output, program, UsageError } from './command.ts'

const help = `Usage: ${program} sessions migration --dialect <dialect> [options]
       ${program} sessions prune <url> [options]

migration prints the statements that make the table of sessions; they may run again. prune deletes the rows whose life is
over, as the app does by itself every 15 minutes, and says how many.

Options:
  --dialect <dialect>   ${dialects.join(', ')}
  --table <name>        the table's name (sessions)
  --columns <columns>   connect-pg-simple: add to a table of that package what Patella needs

Examples:
  ${program} sessions migration --dialect postgres | psql "$DATABASE_URL"
  ${program} sessions migration --dialect mysql > migrations/001-sessions.sql
  ${program} sessions prune "$DATABASE_URL"

Exit codes: 0 all is well, 1 the database failed, 2 called wrongly.
`

export const sessionsCommand: Command = {
  summary: 'print the migration of the table of sessions, or prune it',
  example: 'sessions migration --dialect postgres',
  help,
  run,
}

async function run(args: readonly string[], out: Output): Promise<number> {
  const { values, positionals } = parse(args)
  const [verb, url] = positionals
  const columns = values.columns as Columns
  if (columns !== 'patella' && columns !== 'connect-pg-simple') throw new UsageError('--columns is connect-pg-simple')
  const table = values.table ?? (columns === 'connect-pg-simple' ? 'session' : 'sessions')
  if (!/^[\w.]+$/.test(table)) throw new UsageError('--table takes a name, or a schema, a dot and a name')
  if (verb === 'migration' && positionals.length === 1) {
    const dialect = values.dialect as Dialect
    if (!dialects.includes(dialect)) throw new UsageError(`--dialect is one of ${dialects.join(', ')}`)
    for (const statement of migrationOf(dialect, { table, columns })) out.write(`${statement};\n`)
    return exitCodes.well
  }
  if (verb === 'prune' && url !== undefined && positionals.length === 2) return prune(url, { table, columns }, out)
  throw new UsageError('give migration --dialect, or prune and an address')
}

async function prune(url: string, options: { table: string; columns: Columns }, out: Output): Promise<number> {
  try {
    const store = sql(url, options)
    try {
      const count = await store.prune()
      out.write(`${count} ${count === 1 ? 'row was' : 'rows were'} deleted.\n`)
      return exitCodes.well
    } finally {
      await store.close?.()
    }
  } catch (error) {
    if (error instanceof PatellaError) throw new UsageError(error.message.replace(/^createPatella: /, ''))
    out.write(`${(error as Error).message}\n`)
    return exitCodes.faulty
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        dialect: { type: 'string' },
        table: { type: 'string' },
        columns: { type: 'string', default: 'patella' },
      },
    })
  } catch (error) {
    throw UsageError.from(error)
  }
}
