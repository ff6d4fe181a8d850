import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { PatellaError } from '../../../../protocol/errors.ts'
import { requirePackage } from '../require-package.ts'
import { type Database, speakSqlite, type WasmSqlite } from './database.ts'

/** With the file to itself SQLite can keep a write-ahead log here too, which is several times faster. */
const settings = 'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL'

/** Files that this process has open. */
const opened = new Set<string>()

/**
 * SQLite for a Node that has none of its own, for one process alone. The package locks a file by a folder beside it, which a
 * process that was killed leaves behind: a note of who has the file tells whether that is so.
 */
export function openWasmSqlite(path: string): () => Database {
  const { Database: Wasm } = requirePackage<{ Database: new (path: string) => WasmSqlite }>(
    'node-sqlite3-wasm',
    'sql() with SQLite on this Node, which has none of its own,',
  )
  return () => {
    const note = `${path}.pid`
    const inFile = path !== '' && path !== ':memory:'
    if (inFile) {
      const owner = readOwner(note)
      // In a container every process may have the number of the one before it.
      if (owner === process.pid ? opened.has(path) : isAlive(owner)) {
        const reason = `sql: ${path} is in use by process ${owner}; on this Node, SQLite is for one process alone`
        throw new PatellaError('option_invalid', { reason })
      }
      rmSync(`${path}.lock`, { recursive: true, force: true })
      writeFileSync(note, String(process.pid))
      opened.add(path)
    }
    const client = new Wasm(path)
    client.exec(settings)
    return {
      ...speakSqlite(client),
      local: true,
      close() {
        client.close()
        opened.delete(path)
        if (inFile) rmSync(note, { force: true })
      },
    }
  }
}

function readOwner(note: string): number | undefined {
  try {
    return Number(readFileSync(note, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined || !Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
