import type { Dialect } from './migration.ts'

/** Deadlock, lost serialization, a lock that was waited for in vain, a busy file; and what two say who make a table at once. */
const passing: ReadonlySet<unknown> = new Set([
  ...['40P01', '40001', '55P03', 1213, 1205, 5, 261, 517],
  ...['23505', '42710', '42P07'],
])

/** What says that there is no such table. */
const missing: ReadonlySet<unknown> = new Set(['42P01', 1146])

interface DriverError extends Error {
  readonly code?: unknown
  readonly errno?: unknown
  readonly errcode?: unknown
}

/** Whether the same statement may well succeed in a moment. */
export function isPassing(error: unknown): boolean {
  const { code, errno, errcode, message = '' } = error as DriverError
  return passing.has(code) || passing.has(errno) || passing.has(errcode) || /database is locked/.test(message)
}

/** The error, with the remedy when the table is missing. */
export function explain(error: unknown, table: string, dialect: Dialect): unknown {
  const { code, errno, message = '' } = error as DriverError
  if (!missing.has(code) && !missing.has(errno) && !message.includes('no such table')) return error
  const remedy = `Make it with what this prints: npx --no-install patella sessions migration --dialect ${dialect}`
  return new Error(`there is no table ${table}. ${remedy}`, { cause: error })
}
