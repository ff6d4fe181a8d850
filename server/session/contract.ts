import type { Session } from './session.ts'
import type { Awaitable } from './store.ts'

export interface HoldOptions {
  waitMs: number
  signal?: AbortSignal | undefined
}

/** A session that nobody else can change until it is committed or released. */
export interface HeldSession {
  readonly sid: string
  readonly session: Session
  /** What earlier commits left. A key that was read is taken away by a commit with `keep`. */
  readonly flash: Readonly<Record<string, unknown>>
  /** Written for a later render: not for the one that follows this commit, for the next. */
  readonly leave: Record<string, unknown>
  /** True when the id was regenerated or destroyed: then only `recall`, `reissue` and `release` make sense. */
  readonly dead: boolean
  /** When that was, ms since 1970; undefined while it lives. */
  readonly diedAt: number | undefined
  /** What is known of request `n` of a tab. On a dead id only the request that killed it is known. */
  recall(tab: string, n: number): Recall
  /** Does to this session what was done to a view: its keys, its flash, its change of id. */
  apply(changes: ViewChanges): void
  /**
   * Writes and lets go: with `keep` data, flash and change of id, without it the note alone. What is thrown before
   * anything was written (`session_not_serializable`, `session_too_large`) leaves the session held, so that the note
   * can still be committed. After `release` it writes nothing and says `ok: false`. `cookie`: the browser is given the
   * cookie with it.
   */
  commit(options: { keep: boolean; note?: Note; cookie?: boolean }): Awaitable<Committed>
  /**
   * For a repeat on a dead id: a fresh token for the hand-off, the one before is void. Null when there is none to give.
   * Lets go.
   */
  reissue(tab: string, n: number): Awaitable<{ sid: string; token: string } | null>
  /** Lets go, nothing written. Idempotent, and a no-op after a commit. */
  release(): Awaitable<void>
}

export type Committed =
  /** The lease was lost and the session changed by another: nothing was written. */
  | { ok: false }
  /**
   * `stored` is false where there was nothing to store: the id is as new as before.
   * `sid` is another one after `regenerate` or `destroy`; `token` is then the hand-off's, when a request was noted.
   * `renew`: the browser has had its cookie for so long that it should be given it again.
   */
  | { ok: true; stored: boolean; sid: string; token?: string; view: SessionView; renew: boolean }

/** A session as it was when it was read. */
export interface SessionView {
  readonly sid: string
  /** True when the id was regenerated or destroyed: the session is empty and nothing written to it is kept. */
  readonly dead: boolean
  /** When that was, ms since 1970; undefined while it lives. */
  readonly diedAt: number | undefined
  readonly session: Session
  /** What earlier commits left. A key that was read is taken away by `commit`. */
  readonly flash: Readonly<Record<string, unknown>>
  /** Written for a later render. */
  readonly leave: Record<string, unknown>
  /**
   * Ends the view: what was done to it, for `HeldSession.apply`; `undefined` when nothing was. Throws
   * `session_not_serializable`, and the view has ended then too.
   */
  end(): ViewChanges | undefined
  /** Ends the view; what was done to it is dropped. */
  discard(): void
  /**
   * Merges what was done into what is stored now, key by key, through a short hold; nothing is written when nothing was
   * done. The view ends at once: writing to its session throws `session_closed`. Called again it gives the same end.
   * `note` is the request to which a change of id belongs. `cookie`: the browser is given the cookie with it, unless the end says `recent`.
   */
  commit(options: { waitMs: number; note?: Note; cookie?: boolean }): Awaitable<ViewEnd>
}

export interface ViewEnd {
  /** False: nothing was written, for the session is another's by now. */
  ok: boolean
  /** Another one after `regenerate` or `destroy`. */
  sid: string
  /** The id died while the view was open: no browser may be given it again. */
  dead: boolean
  /** Nothing was written, not even a longer life: both store and cookie had one lately. */
  recent?: boolean
  /** For the hand-off, when the id changed and a request was noted. */
  token?: string
}

/** What was done to a view. */
export interface ViewChanges {
  session: SessionChanges | undefined
  flash: FlashChanges | undefined
}

/** What was done to a session since it was loaded. Values are JSON texts. */
export interface SessionChanges {
  idChange: IdChange | undefined
  set: ReadonlyMap<string, string>
  deleted: readonly string[]
}

/** How the id is to change at the commit. */
export type IdChange = 'regenerate' | 'destroy'

export interface FlashChanges {
  /** What was read: stamps by key. */
  consumed: ReadonlyMap<string, string>
  /** What was left for a later render: JSON texts by key. */
  left: ReadonlyMap<string, string>
}

/** What is known of a request: 'stale' is one that is past and may not run any more. */
export type Recall = { kind: 'new' } | { kind: 'done'; note: unknown } | { kind: 'stale' }

/** A request to be noted. */
export interface Note {
  tab: string
  n: number
  /** The lowest number that the tab still awaits; what was noted below it is forgotten. */
  low: number
  /** What a repeat is answered from: JSON. */
  text: string
  /** For a request that still runs: however long it takes, the tab is not forgotten before, ms since 1970. */
  until?: number
}
