import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A database in a folder of its own, which goes with `stop`. */
export function makeSqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'patella-sqlite-'))
  return {
    url: `sqlite:${join(folder, 'sessions.db')}`,
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}
