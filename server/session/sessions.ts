import cluster from 'node:cluster'
import { PatellaError } from '../../protocol/errors.ts'
import { chain } from './awaitable.ts'
import type { HeldSession, HoldOptions, SessionView } from './contract.ts'
import { type CookieOptions, createCodec, createCookie, longestCookie } from './cookie.ts'
import { createDeaths, type DeathListener } from './deaths.ts'
import type { DevelopmentState } from './development.ts'
import { durationInSeconds } from './duration.ts'
import { createFigures, type SessionCounts } from './figures.ts'
import { guardStore } from './guard.ts'
import { redeem } from './handoff.ts'
import { openLease } from './held.ts'
import { createLeases } from './lease.ts'
import { createMint } from './mint.ts'
import { createPacker } from './pack.ts'
import { emptyRecord, formatRecord, parseRecord } from './record.ts'
import { createRenewals } from './renewals.ts'
import type { Room } from './room.ts'
import { createSealer, hash, randomId } from './seal.ts'
import type { Awaitable, SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'
import { versionAfter } from './version.ts'
import { createView } from './view.ts'

export interface SessionOptions {
  /** Where sessions are kept. Default `memory()`: in this process alone. */
  store?: SessionStore
  /** The cookie's name. Default `_session`. */
  key?: string
  /** Life of a session after its last use: seconds, or `'30m'`, `'12h'`, `'14d'`, `'1y'`. Default `'14d'`. */
  expireAfter?: number | string
  /** Life of a session after its beginning, or its last `regenerate`, however much it is used. Default: no limit. */
  absoluteExpiry?: number | string
  /**
   * Whether what is stored is deflated: `true` from 1,024 characters on, or a number of characters. What is stored already
   * stays readable either way. Default `false`.
   */
  compress?: boolean | number
  /** What the store's keys begin with, default `patella:`. Apps that share a store need different ones. */
  prefix?: string
  /** Connections that the store may open, where it opens any. Default the store's own: 5 for `redis` and `sql`. */
  poolSize?: number
  cookie?: CookieOptions
}

export interface SessionsConfig extends SessionOptions {
  /** The first one signs, all verify. */
  secrets: readonly string[]
  production: boolean
  logger: { warn(message: string): void }
  /** For how long a held session is kept from other processes, ms: longer than an action may take. */
  leaseMs: number
  /** For how long `session.update` waits for the session, ms. Default `leaseMs`. */
  waitMs?: number
  /** Where the app is mounted: the cookie's path. */
  basePath?: string
  /** Where the default store is kept across restarts: `developmentState()`. */
  state?: DevelopmentState | undefined
}

export interface SessionStats extends SessionCounts {
  /** Its name, and what it tells of itself: connections, what waits, entries, bytes. */
  readonly store: { readonly name: string; readonly [figure: string]: number | string }
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
  /** Digest of an id, which the store's key has after its prefix. Does not lead back to the id. */
  nameOf(sid: string): string
  /** The beginning of that, for log lines. */
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
  /**
   * Stores an empty session under an id that a browser is given, where another library shares the store: what it does
   * not find there it takes for nobody's, and gives the browser an id of its own. Else it does nothing.
   */
  begin(sid: string): Promise<void>
  stats(): SessionStats
  /** Resolves when the store answers. @throws session_store_failed */
  reach(): Promise<void>
  /**
   * Told of each id that dies by `regenerate` or `destroy`, after the commit: in this process at once, in others that
   * share the store within a second, while `listening` says true. Returns its off.
   */
  onDead(listener: DeathListener, listening?: () => boolean): () => void
  /** Closes the store, which closes what it opened itself, when no other app in this process uses it. Idempotent. */
  close(): Promise<void>
}

/** How many apps of this process use a store. */
const users = new WeakMap<SessionStore, number>()

/** Throws `option_invalid`. */
export function createSessions(config: SessionsConfig): Sessions {
  const { expireAfter = '14d', prefix = 'patella:', secrets, production, logger } = config
  const maxAge = durationInSeconds(expireAfter, 'session.expireAfter')
  const { absoluteExpiry } = config
  const absolute = absoluteExpiry === undefined ? Infinity : durationInSeconds(absoluteExpiry, 'session.absoluteExpiry')
  if (!/^[A-Za-z0-9:_-]{1,100}$/.test(prefix)) {
    throw new PatellaError('option_invalid', {
      reason: 'session.prefix takes 1 to 100 characters of A-Z a-z 0-9 : _ -',
    })
  }
  const store = config.store ?? memory({ state: config.state })
  users.set(store, (users.get(store) ?? 0) + 1)
  const { ids } = store
  if (ids && config.compress)
    throw new PatellaError('option_invalid', { reason: `session.compress: ${store.name} shares what it stores` })
  store.open?.({
    poolSize: config.poolSize,
    warn: (message) => logger.warn(message),
    died: (sid) => deaths.announce(hash(sid), undefined),
  })
  let closed = false
  if (store.local && production) {
    if (cluster.isWorker) throw new PatellaError('store_not_shared', { store: store.name })
    const kept = `Sessions are this process's alone (${store.name}): other processes do not see them`
    const end = store.name === 'memory' ? ', and they end with it' : ''
    logger.warn(`${kept}${end}. Set session.store to one that processes share.`)
  }
  const digest = (sid: string) => hash(sid).slice(0, 12)
  const figures = createFigures(digest)
  const guarded = guardStore(store, figures.failed)
  const { key: name = ids?.cookieName ?? '_session' } = config
  const cookie = createCookie({ ...cookieOptions(config), name, codec: (ids?.codec ?? createCodec)(secrets), maxAge })
  const packer = createPacker(config.compress ?? false)
  const deaths = createDeaths(guarded, `${prefix}deaths`)
  const keyOf = ids ? (sid: string) => sid : (sid: string) => prefix + hash(sid)

  const { mint, missing } = createMint(store, config)
  /** A record that another library began says nothing of its age: it begins with the first commit here. */
  const beginOf = (born: number) => born || Date.now()

  const room: Room = {
    store: guarded,
    lifeOf: ({ born }) => Math.max(1, Math.min(maxAge, absolute + (beginOf(born) - Date.now()) / 1000) * 1000),
    cookieMs: Math.min(maxAge, longestCookie) * 1000,
    isDue: createRenewals(Math.min(30_000, maxAge * 100)),
    pack: packer.pack,
    freeze: !production,
    sealer: createSealer(secrets, 'session hand-off'),
    keyOf,
    digest,
    mint,
    parse(sid, body) {
      if (body === '') missing(sid)
      const text = packer.unpack(body)
      const record = text === undefined ? undefined : parseRecord(text)
      if (!record) room.corrupt(sid)
      if (!record || record.dead || beginOf(record.born) + absolute * 1000 > Date.now()) return record ?? emptyRecord
      // What ran stays known, so that it does not run twice.
      return { ...emptyRecord, notes: record.notes }
    },
    corrupt(sid) {
      logger.warn(`What is stored of session ${room.digest(sid)} cannot be read; it starts anew without it.`)
    },
    waitMs: config.waitMs ?? config.leaseMs,
    lease: createLeases(guarded, config.leaseMs, keyOf, figures),
    hold: (sid, options) => chain(room.lease(sid, options), (lease) => openLease(room, lease)),
    died: (sid, tab) => deaths.announce(hash(sid), tab),
  }

  return {
    store,
    identify: cookie.read,
    mint,
    setCookie: cookie.write,
    nameOf: hash,
    digest,
    hold: room.hold,
    view: (sid) =>
      chain(guarded.read(keyOf(sid)), (stored) => {
        figures.read(stored)
        return createView(room, sid, room.parse(sid, stored.body), { renew: stored.version > 0 })
      }),
    redeem: (sid, handoff) => redeem(room, sid, handoff),
    async begin(sid) {
      if (!ids) return
      const now = Date.now()
      const record = { ...emptyRecord, born: now, sent: now }
      const [body, ttl] = [formatRecord(record), room.lifeOf(record)]
      await guarded.commit(keyOf(sid), { owner: randomId(9), version: 0, next: versionAfter(0), body, ttl })
    },
    stats: () => ({ ...figures.now, store: { name: store.name, ...store.figures?.() } }),
    async reach() {
      await guarded.read(keyOf('ready'))
    },
    onDead: (listener, listening = () => true) => deaths.listen(listener, listening),
    async close() {
      if (closed) return
      closed = true
      deaths.close()
      const left = (users.get(store) ?? 1) - 1
      users.set(store, left)
      if (left === 0) await store.close?.()
    },
  }
}

function cookieOptions({ cookie = {}, basePath }: SessionsConfig): CookieOptions {
  return basePath && cookie.path === undefined && !cookie.hostPrefix ? { ...cookie, path: basePath } : cookie
}
