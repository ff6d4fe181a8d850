import { attempt, chain } from './awaitable.ts'
import type { Note } from './contract.ts'
import { createHandoff } from './handoff.ts'
import type { Lease } from './lease.ts'
import { formatRecord, tombstoneMs } from './record.ts'
import type { Room } from './room.ts'
import type { Awaitable } from './store.ts'
import { versionAfter } from './version.ts'

export interface Moved {
  stored: true
  sid: string
  /** For the hand-off; there is one when a request was noted. */
  token?: string
}

/**
 * Puts a session under a new id and a tombstone under the old one, and lets go; null when the lease was lost meanwhile.
 * The new record comes first: a process that ends in between leaves the old session as it was, and a copy under an id
 * that nobody was told. A body of '' is not stored at all.
 */
export function move(room: Room, lease: Lease, body: string, ttl: number, note?: Note): Awaitable<Moved | null> {
  const sid = room.mint()
  const key = room.keyOf(sid)
  const { owner } = lease
  const first = versionAfter(0)
  const { handoff, token } = note ? createHandoff(room, lease, note, sid) : {}

  const bury = () => {
    const tombstone = formatRecord({ dead: true, at: Date.now(), ...(handoff && { handoff }) })
    return chain(lease.write(tombstone, tombstoneMs), (written) => (written ? finish() : undo()))
  }
  const finish = () => {
    room.died(lease.sid, note?.tab)
    return { stored: true as const, sid, ...(token !== undefined && { token }) }
  }
  // Where undoing fails, what remains runs out unread.
  const undo = () => {
    const empty = () =>
      body !== '' && room.store.commit(key, { owner, version: first, next: first + 1, body: '', ttl: 1 })
    return attempt<boolean, null>(empty, none, none)
  }

  return attempt(
    () => body === '' || room.store.commit(key, { owner, version: 0, next: first, body, ttl }),
    bury,
    (error) => {
      void lease.release()
      throw error
    },
  )
}

function none(): null {
  return null
}
