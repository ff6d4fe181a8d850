import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { parseObject } from './json.ts'
import { hash, randomId } from './seal.ts'
import type { MemoryState } from './stores/memory.ts'

export interface DevelopmentState extends MemoryState {
  /** The same after each restart. */
  readonly secret: string
}

/**
 * Under `node --watch`: a secret and memory sessions that survive the restart, so that a saved file does not log the
 * developer out. They are kept in the temp folder, in a file that only its user can read. Not for production.
 */
export function developmentState(): DevelopmentState | undefined {
  if (process.env.WATCH_REPORT_DEPENDENCIES === undefined) return undefined
  const file = join(tmpdir(), `patella-${hash(`${userInfo().username}\0${process.cwd()}`)}.json`)
  const kept = read(file)
  const secret = typeof kept?.secret === 'string' ? kept.secret : randomId(32)
  let sessions = typeof kept?.sessions === 'string' ? kept.sessions : undefined

  const write = () => replace(file, JSON.stringify({ secret, sessions }))
  if (kept?.secret !== secret) write()
  return {
    secret,
    load: () => sessions,
    save(text) {
      sessions = text
      write()
    },
  }
}

/** The temp folder is open to all: what another user put there, a link or a readable file is not ours. */
function read(file: string): Record<string, unknown> | undefined {
  let handle: number | undefined
  try {
    handle = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    const { uid, mode } = fstatSync(handle)
    const own = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0)
    return own ? parseObject(readFileSync(handle, 'utf8')) : undefined
  } catch {
    return undefined
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

/** Whole or not at all. Where the file cannot be written a restart begins anew, which is no reason to stop. */
function replace(file: string, text: string): void {
  const fresh = `${file}.${randomId(6)}`
  try {
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' })
    renameSync(fresh, file)
  } catch {
    rmSync(fresh, { force: true })
  }
}
