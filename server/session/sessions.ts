import { PatellaError } from '../../protocol/errors.ts'
import { chain } from './awaitable.ts'
import { type CookieOptions, createCookie } from './cookie.ts'
import { durationInSeconds } from './duration.ts'
import { guardStore } from './guard.ts'
import { redeem } from './handoff.ts'
import { openLease } from './held.ts'
import { createLeases } from './lease.ts'
import type { Note, Recall } from './notes.ts'
import { emptyRecord, parseRecord } from './record.ts'
import type { Room } from './room.ts'
import { createSealer, hash, randomId } from './seal.ts'
import type { Session } from './session.ts'
import type { Awaitable, SessionStore } from './store.ts'
import { type MemoryState, memory } from './stores/memory.ts'
import { createView, type ViewChanges } from './view.ts'

export interface SessionOptions {
  /** Where sessions are kept. Default `memory()`: in this process alone. */
  store?: SessionStore
  /** The cookie's name. Default `_session`. */
  key?: string
  /** Life of a session after its last use: seconds, or `'30m'`, `'12h'`, `'14d'`, `'1y'`. Default `'14d'`. */
  expireAfter?: number | string
  /** What the store's keys begin with, default `patella:`. Apps that share a store need different ones. */
  prefix?: string
  cookie?: CookieOptions
}

export interface SessionsConfig extends SessionOptions {
  /** The first one signs, all verify. */
  secrets: readonly string[]
  production: boolean
  logger: { warn(message: string): void }
  /** For how long a held session is kept from other processes, ms: longer than an action may take. */
  leaseMs: number
  /** Where the app is mounted: the cookie's path. */
  basePath?: string
  /** Where the default store is kept across restarts: `developmentState()`. */
  state?: MemoryState | undefined
}

/** The sessions of one app in one process. */
export interface Sessions {
  readonly store: SessionStore
  /** The id in the cookie header when its signature holds, of several the first such. Never throws. */
  identify(cookieHeader: string | undefined): string | undefined
  /** A new random id. Nothing is stored. */
  mint(): string
  /** The Set-Cookie value for the id; `secure` says that the request came by https. */
  setCookie(sid: string, secure: boolean): string
  /** Short digest of an id for log lines, which the store's key has after its prefix. Does not lead back to the id. */
  digest(sid: string): string
  /**
   * Takes the right to change a session: its turn in this process, first come first served, then the store's lease,
   * tried again with jitter while another process has it. Fails with `session_busy` after `waitMs`, with
   * `session_store_failed`, or with the signal's reason; nothing is then held.
   */
  hold(sid: string, options: HoldOptions): Awaitable<HeldSession>
  /** Reads without holding, for plain GETs, renders and snapshot actions. */
  view(sid: string): Awaitable<SessionView>
  /**
   * Takes a hand-off token, which is good once: the new id; null when it is used, older than two minutes, or another
   * tab's, number's or session's.
   */
  redeem(sid: string, handoff: { tab: string; n: number; token: string }): Awaitable<string | null>
  /** Told of each id that dies in this process by `regenerate` or `destroy`, after the commit. Returns its off. */
  onDead(listener: DeathListener): () => void
  /** Closes the store if it was made here. */
  close(): Promise<void>
}

/** `tab` is the one whose request changed the id: it waits for its hand-off. */
export type DeathListener = (sid: string, tab: string | undefined) => void

export interface HoldOptions {
  waitMs: number
  signal?: AbortSignal | undefined
}

/** A session that nobody else can change until it is committed or released. */
export interface HeldSession {
  readonly sid: string
  readonly session: Session
  /** Written by the action; a later render reads it, not the one that follows this commit. */
  readonly flash: Record<string, unknown>
  /** True when the id was regenerated or destroyed: then only `recall`, `reissue` and `release` make sense. */
  readonly dead: boolean
  /** What is known of request `n` of a tab. On a dead id only the request that killed it is known. */
  recall(tab: string, n: number): Recall
  /** Does to this session what was done to a view: its keys, the flash it showed, its change of id. */
  apply(changes: ViewChanges): void
  /**
   * Writes and lets go: with `keep` data, flash and change of id, without it the note alone. What is thrown before
   * anything was written (`session_not_serializable`, `session_too_large`) leaves the session held, so that the note
   * can still be committed. After `release` it writes nothing and says `ok: false`.
   */
  commit(options: { keep: boolean; note?: Note }): Awaitable<Committed>
  /** For a repeat on a dead id: a fresh token for the hand-off, the one before is void. Null when there is none to give. Lets go. */
  reissue(tab: string, n: number): Awaitable<{ sid: string; token: string } | null>
  /** Lets go, nothing written. Idempotent, and a no-op after a commit. */
  release(): Awaitable<void>
}

export type Committed =
  /** The lease was lost and the session changed by another: nothing was written. */
  | { ok: false }
  /** `sid` is another one after `regenerate` or `destroy`; `token` is then the hand-off's, when a request was noted. */
  | { ok: true; sid: string; token?: string; view: SessionView }

/** A session as it was when it was read. */
export interface SessionView {
  readonly sid: string
  /** True when the id was regenerated or destroyed: the session is empty and nothing written to it is kept. */
  readonly dead: boolean
  readonly session: Session
  /** What earlier commits left. A key that was read is taken away by `commit`. */
  readonly flash: Readonly<Record<string, unknown>>
  /** Ends the view: what was done to it, for `HeldSession.apply`; `undefined` when nothing was. */
  end(): ViewChanges | undefined
  /**
   * Merges what was done into what is stored now, key by key, through a short hold; nothing is written when nothing was
   * done. The view ends: writing to its session throws `session_closed`. Not `ok`: nothing was written.
   */
  commit(options: { waitMs: number }): Awaitable<{ ok: boolean; sid: string }>
}

/** Throws `option_invalid`, `secret_missing` or `secret_weak`. */
export function createSessions(config: SessionsConfig): Sessions {
  const { key: name = '_session', expireAfter = '14d', prefix = 'patella:', secrets, production, logger } = config
  const maxAge = durationInSeconds(expireAfter, 'session.expireAfter')
  refuseWeak(secrets, production)
  if (!/^[A-Za-z0-9:_-]{1,100}$/.test(prefix)) {
    throw new PatellaError('option_invalid', {
      reason: 'session.prefix takes 1 to 100 characters of A-Z a-z 0-9 : _ -',
    })
  }
  const store = config.store ?? memory({ state: config.state })
  if (store.local && production) {
    logger.warn(
      `Sessions are in this process's own memory (${store.name}): they end with it, and other processes do not see them. Set session.store.`,
    )
  }
  const guarded = guardStore(store)
  const cookie = createCookie({ ...cookieOptions(config), name, secrets, maxAge })
  const dead = new Set<DeathListener>()
  const keyOf = (sid: string) => prefix + hash(sid)

  const room: Room = {
    store: guarded,
    ttl: maxAge * 1000,
    freeze: !production,
    sealer: createSealer(secrets, 'session hand-off'),
    keyOf,
    digest: (sid) => hash(sid).slice(0, 12),
    mint: () => randomId(24),
    parse(sid, body) {
      const record = parseRecord(body)
      if (!record) room.corrupt(sid)
      return record ?? emptyRecord
    },
    corrupt(sid) {
      logger.warn(`What is stored of session ${room.digest(sid)} cannot be read; it starts anew, empty.`)
    },
    lease: createLeases(guarded, config.leaseMs, keyOf),
    hold: (sid, options) => chain(room.lease(sid, options), (lease) => openLease(room, lease)),
    died(sid, tab) {
      for (const listener of dead) listener(sid, tab)
    },
  }

  return {
    store,
    identify: cookie.read,
    mint: room.mint,
    setCookie: cookie.write,
    digest: room.digest,
    hold: room.hold,
    view: (sid) =>
      chain(guarded.read(keyOf(sid)), ({ version, body }) =>
        createView(room, sid, room.parse(sid, body), { renew: version > 0 }),
      ),
    redeem: (sid, handoff) => redeem(room, sid, handoff),
    onDead(listener) {
      dead.add(listener)
      return () => void dead.delete(listener)
    },
    async close() {
      if (!config.store) await store.close?.()
    },
  }
}

function cookieOptions({ cookie = {}, basePath }: SessionsConfig): CookieOptions {
  return basePath && cookie.path === undefined && !cookie.hostPrefix ? { ...cookie, path: basePath } : cookie
}

function refuseWeak(secrets: readonly string[], production: boolean): void {
  if (secrets.length === 0) throw new PatellaError('secret_missing')
  if (production && secrets.some((secret) => secret.length < 32)) throw new PatellaError('secret_weak')
}
