import { parseRecord } from '../record.ts'
import { hash } from '../seal.ts'
import type { SessionStore, SessionWrite, StoredSession } from '../store.ts'
import { callOf } from './express-session/calls.ts'
import { createForeignIds } from './express-session/cookie.ts'
import { type ExpressRecord, rawRecord, renewed, storedOf, versionOf, withChanges } from './express-session/record.ts'
import { type ExpressStore, isDead, markDead, watchDestroy } from './express-session/watch.ts'
import { boundsOf, createPending, type StoreBounds } from './pending.ts'
import { createTurns } from './turns.ts'

export interface ExpressSessionOptions extends StoreBounds {
  /** The secret of the app's own session middleware, or its list. Default: Patella's own `secret`. */
  secret?: string | readonly string[]
  /** What is before the id in the cookie, as the app's middleware has it: `''` for @fastify/session's default. Default `s:`. */
  cookiePrefix?: string
}

/**
 * Sessions in a store made for express-session, with its cookie (`connect.sid` by default) and its records: reflexes and
 * the routes of an app that has express-session or @fastify/session share one session. `session.key` is the cookie's name
 * there. Data that is neither of the two's is under `_patella`.
 *
 * Such stores know neither leases nor versions. Reflexes of one process change a session in turn, and merge the keys that
 * they changed into what routes wrote meanwhile; between processes, and against a route that writes at the same time, the
 * last one to write wins. Where nothing may be lost there, use `redis()` or `sql()`.
 *
 * @example
 * const store = new RedisStore({ client })
 * app.use(session({ store, secret, saveUninitialized: false, resave: false }))
 * const patella = createPatella({ secret, session: { store: expressSession(store) } })
 */
export function expressSession(store: ExpressStore, options: ExpressSessionOptions = {}): SessionStore {
  const { secret, cookiePrefix = 's:' } = options
  const { commandTimeout, maxPending } = boundsOf('expressSession', options)
  const calls = callOf(store, commandTimeout)
  const bounded = createPending(maxPending)
  const inTurn = createTurns()
  const leases = new Map<string, { owner: string; until: number; loaded: ExpressRecord | undefined }>()
  const told = new Set<(sid: string) => void>()
  let unwatch: (() => void) | undefined

  /** A tombstone is kept beside, so that whoever shares the store finds nothing under an id that died. */
  const graveOf = (key: string) => `patella:dead:${hash(key)}`
  const load = async (key: string) => (await calls.get(key)) ?? (await calls.get(graveOf(key)))
  const heldByOther = (key: string, own: string) => {
    const lease = leases.get(key)
    return lease !== undefined && lease.owner !== own && lease.until > Date.now()
  }
  const release = (key: string, owner: string) => {
    if (leases.get(key)?.owner === owner) leases.delete(key)
  }
  const bury = async (key: string, version: number, body: string, ttl: number) => {
    markDead(store, key)
    await calls.set(graveOf(key), rawRecord(version, body, ttl))
    await calls.destroy(key)
  }

  function write(
    key: string,
    { owner, next: version, body, ttl }: SessionWrite,
    present: ExpressRecord | undefined,
  ): Promise<void> {
    const record = body === '' ? undefined : parseRecord(body)
    const next = { version, ttl }
    if (record?.dead) return bury(key, version, body, ttl)
    if (!record) return calls.set(key, rawRecord(version, body, ttl))
    const lease = leases.get(key)
    return calls.set(key, withChanges(present, lease?.owner === owner ? lease.loaded : present, record, next))
  }

  return {
    name: 'express-session',
    local: store.constructor?.name === 'MemoryStore',
    timeout: commandTimeout * 4,
    ids: createForeignIds({ secret, prefix: cookiePrefix }),
    open({ died }) {
      told.add(died)
      unwatch ??= watchDestroy(store, async (sid, tombstone, ttl) => {
        // A version that no count of commits comes to: who has loaded the session commits nothing more.
        await calls.set(graveOf(sid), rawRecord(Date.now(), tombstone, ttl))
        for (const tell of told) tell(sid)
      })
    },
    acquire: (key, owner, leaseMs) =>
      bounded(() =>
        inTurn(key, async (): Promise<StoredSession | null> => {
          if (heldByOther(key, owner)) return null
          const loaded = await load(key)
          leases.set(key, { owner, until: Date.now() + leaseMs, loaded })
          return storedOf(loaded)
        }),
      ),
    read: (key) => bounded(async () => storedOf(await load(key))),
    commit: (key, wanted) =>
      bounded(() =>
        inTurn(key, async () => {
          if (heldByOther(key, wanted.owner)) return false
          const present = await calls.get(key)
          const stored = present ?? (await calls.get(graveOf(key)))
          if (versionOf(stored) !== wanted.version) return false
          // It was destroyed after it was read; a tombstone may be written anew.
          if (present !== undefined && isDead(store, key)) return false
          await write(key, wanted, present)
          release(key, wanted.owner)
          return true
        }),
      ),
    figures: () => ({ leases: leases.size, waiting: bounded.waiting }),
    release: (key, owner) => release(key, owner),
    touch: (key, ttl) =>
      bounded(() =>
        inTurn(key, async () => {
          const record = await calls.get(key)
          if (record && !isDead(store, key)) await calls.touch(key, { ...record, cookie: renewed(record, ttl) })
        }),
      ),
    close() {
      unwatch?.()
      unwatch = undefined
      told.clear()
    },
  }
}
