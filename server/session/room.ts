import type { HeldSession, HoldOptions } from './contract.ts'
import type { Lease } from './lease.ts'
import type { LiveRecord, Tombstone } from './record.ts'
import type { Sealer } from './seal.ts'
import type { SessionHost, SessionState } from './state.ts'
import type { Awaitable, SessionStore } from './store.ts'

/** What the parts of the session room share. */
export interface Room extends SessionHost {
  /** Guarded: it throws PatellaErrors and answers in time. */
  readonly store: SessionStore
  /** Life of a session after its last use, ms. */
  readonly ttl: number
  readonly sealer: Sealer
  /** What a stored body holds; an empty record when that cannot be read. */
  parse(sid: string, body: string): LiveRecord | Tombstone
  keyOf(sid: string): string
  mint(): string
  lease(sid: string, options: HoldOptions): Awaitable<Lease>
  hold(sid: string, options: HoldOptions): Awaitable<Held>
  died(sid: string, tab: string | undefined): void
}

/** A held session as the room itself sees it. */
export interface Held extends HeldSession {
  readonly state: SessionState
}
