/** What a store gives back of one session. A record whose life is over is not stored any more, its version neither. */
export interface StoredSession {
  /** Rises with each commit; 0 when nothing is stored under the key. */
  version: number
  /** The text of the last commit, character for character; '' when nothing is stored. */
  body: string
}

/** What a commit writes. */
export interface SessionWrite {
  /** Who holds the lease: 1 to 64 visible ASCII characters, another for each lease. */
  owner: string
  /** The version that was loaded. */
  version: number
  /** The version to store: a higher one, of at most 15 digits. */
  next: number
  /** Well-formed Unicode, without NUL. */
  body: string
  /** Life of the record from now on, ms, at least 1; a store that counts in seconds rounds up. */
  ttl: number
}

export type Awaitable<T> = T | Promise<T>

/** What a store is told once, before it is asked for anything. */
export interface StoreSetting {
  /** How many connections it may open. */
  readonly poolSize: number | undefined
  /** For what its operator should know. */
  warn(message: string): void
  /** To be told of an id that somebody else destroyed in the store. */
  died(sid: string): void
}

/** How another library, with which the store is shared, writes session ids. They are then also the store's keys. */
export interface ForeignIds {
  /** The cookie's name, unless `session.key` says another. */
  readonly cookieName: string
  /** `secrets`: Patella's own. */
  codec(secrets: readonly string[]): CookieCodec
}

/** An id as the value of a cookie. */
export interface CookieCodec {
  encode(sid: string): string
  /** The id in a value as it was sent, when its signature holds. Never throws. */
  decode(value: string): string | undefined
}

/**
 * Where sessions are kept: texts under keys, with a version and a lease. What is in the text is the session room's
 * own business. Keys are 1 to 200 characters of `A-Z a-z 0-9 : _ -`. Implementations are held to
 * `sessionStoreConformance`.
 *
 * A synchronous store answers with plain values and is then used without a promise in between.
 */
export interface SessionStore {
  /** For log lines and errors: `memory`, `redis` … */
  readonly name: string
  /** True when only this process sees the sessions; such a store is refused behind a gateway. */
  readonly local?: boolean
  /** Longest body in bytes. Default, and never more than, 16,777,216. */
  readonly maxBytes?: number
  /** Longest time that an answer may take, ms; later it counts as failed. Default 1,500. */
  readonly timeout?: number
  /** Present where the store is shared with another library. */
  readonly ids?: ForeignIds

  /** Called once, before anything else, by the app that the store is given to. */
  open?(setting: StoreSetting): void
  /**
   * Takes the lease for `leaseMs` and reads, in one step. `null` when another owner holds an unexpired lease; its own
   * is renewed. A key with nothing stored is leased as well, which stores nothing under it.
   */
  acquire(key: string, owner: string, leaseMs: number): Awaitable<StoredSession | null>
  /** Reads without a lease. */
  read(key: string): Awaitable<StoredSession>
  /**
   * Writes, as version `next`, and gives the lease back, in one step, when the stored version is `version` and no other
   * owner holds an unexpired lease; whether `owner` still holds one does not matter. False, and nothing written,
   * otherwise. A missing record has version 0.
   */
  commit(key: string, write: SessionWrite): Awaitable<boolean>
  /** Gives the lease back unwritten; another owner's lease stays. */
  release(key: string, owner: string): Awaitable<void>
  /** Renews the life of an existing record, ms; never makes one, never rewrites data. */
  touch(key: string, ttl: number): Awaitable<void>
  /** What its operator watches, by names of its own: connections, what waits, entries, bytes. */
  figures?(): Readonly<Record<string, number>>
  /** Closes only what the store opened. */
  close?(): Awaitable<void>
}
