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
  /** Life of a session from now on, ms: after its last use, and after its beginning where that is limited. */
  lifeOf(record: LiveRecord): number
  /** Life of the cookie, ms. */
  readonly cookieMs: number
  /** Whether a life is to be made longer that nothing else makes longer: not again after a short while. */
  isDue(sid: string): boolean
  /** A record's text as it is stored. */
  pack(text: string): string
  readonly sealer: Sealer
  /** What a stored body holds; an empty record when that cannot be read. */
  parse(sid: string, body: string): LiveRecord | Tombstone
  keyOf(sid: string): string
  mint(): string
  /** For how long `update` waits for the session, ms. */
  readonly waitMs: number
  lease(sid: string, options: HoldOptions): Awaitable<Lease>
  hold(sid: string, options: HoldOptions): Awaitable<Held>
  died(sid: string, tab: string | undefined): void
}

/** A held session as the room itself sees it. */
export interface Held extends HeldSession {
  readonly state: SessionState
}
