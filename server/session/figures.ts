import { channel } from 'node:diagnostics_channel'
import type { StoredSession } from './store.ts'

/** What has become of sessions since the process began. */
export interface SessionCounts {
  /** Times that one was held, from load to commit. */
  readonly loads: number
  /** Times that one was only read. */
  readonly reads: number
  /** Loads that had to wait for another request, of this process or another. */
  readonly waits: number
  /** How long they waited, all together, ms. */
  readonly waitMs: number
  /** Requests that gave up waiting: `session_busy`. */
  readonly busy: number
  readonly commits: number
  /** Commits that were refused because the lease was lost: `session_conflict`. */
  readonly conflicts: number
  /** Calls of the store that failed, or were not answered in time: `session_store_failed`. */
  readonly failures: number
  /** What was loaded and read, and what was committed, bytes. */
  readonly bytesRead: number
  readonly bytesWritten: number
  /** The largest session that was committed, bytes. */
  readonly largest: number
  /** Held now, and waited for now. */
  readonly held: number
  readonly waiting: number
}

/** Published on `patella:session:load` when a session is held. */
export interface SessionLoad {
  /** Digest of its id, as in log lines. */
  readonly session: string
  readonly version: number
  readonly bytes: number
  readonly waitMs: number
}

/** Published on `patella:session:commit`. */
export interface SessionCommit {
  readonly session: string
  /** The version that was loaded; the one that is stored is higher. */
  readonly version: number
  readonly bytes: number
  /** False when another had changed the session. */
  readonly written: boolean
}

export interface Figures {
  waits(): void
  waited(): void
  loaded(sid: string, stored: StoredSession, waitMs: number): void
  gaveUp(): void
  read(stored: StoredSession): void
  committed(sid: string, version: number, body: string, written: boolean): void
  released(): void
  failed(): void
  readonly now: SessionCounts
}

const loads = channel('patella:session:load')
const commits = channel('patella:session:commit')

export function createFigures(digest: (sid: string) => string): Figures {
  const now = {
    loads: 0,
    reads: 0,
    waits: 0,
    waitMs: 0,
    busy: 0,
    commits: 0,
    conflicts: 0,
    failures: 0,
    bytesRead: 0,
    bytesWritten: 0,
    largest: 0,
    held: 0,
    waiting: 0,
  }
  return {
    waits() {
      now.waits += 1
      now.waiting += 1
    },
    waited() {
      now.waiting -= 1
    },
    loaded(sid, { version, body }, waitMs) {
      const bytes = Buffer.byteLength(body)
      now.loads += 1
      now.held += 1
      now.waitMs += waitMs
      now.bytesRead += bytes
      if (loads.hasSubscribers) loads.publish({ session: digest(sid), version, bytes, waitMs } satisfies SessionLoad)
    },
    gaveUp() {
      now.busy += 1
    },
    read({ body }) {
      now.reads += 1
      now.bytesRead += Buffer.byteLength(body)
    },
    committed(sid, version, body, written) {
      const bytes = Buffer.byteLength(body)
      if (written) {
        now.commits += 1
        now.bytesWritten += bytes
        now.largest = Math.max(now.largest, bytes)
      } else now.conflicts += 1
      if (commits.hasSubscribers)
        commits.publish({ session: digest(sid), version, bytes, written } satisfies SessionCommit)
    },
    released() {
      now.held -= 1
    },
    failed() {
      now.failures += 1
    },
    get now() {
      return { ...now }
    },
  }
}
