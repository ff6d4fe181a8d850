import { formatRecord, tombstoneMs } from '../../record.ts'

/** What is used of a store made for express-session. */
export interface ExpressStore {
  get(sid: string, callback: (error: any, session?: any) => void): unknown
  set(sid: string, session: any, callback?: (error?: any) => void): unknown
  destroy(sid: string, callback?: (error?: any) => void): unknown
  touch?(sid: string, session: any, callback?: (error?: any) => void): unknown
}

/** Keeps a tombstone, and tells. */
type Bury = (sid: string, tombstone: string, ttl: number) => Promise<void>

interface Watched {
  readonly listeners: Set<Bury>
  /** The methods as they were before. */
  readonly own: Pick<ExpressStore, 'set' | 'destroy'>
  /** Ids that died lately, the oldest first, and when, ms since 1970. */
  readonly dead: Map<string, number>
}

const watched = new WeakMap<ExpressStore, Watched>()

/** The methods that nobody watches. */
export function unwatched(store: ExpressStore): Pick<ExpressStore, 'set' | 'destroy'> {
  return watched.get(store)?.own ?? { set: store.set, destroy: store.destroy }
}

/** Whether somebody else destroyed the id lately: nothing may be written under it. */
export function isDead(store: ExpressStore, sid: string): boolean {
  return watched.get(store)?.dead.has(sid) === true
}

/** Nothing may be written under it from now on, as when somebody else had destroyed it. */
export function markDead(store: ExpressStore, sid: string): void {
  const known = watched.get(store)
  if (known) remember(known.dead, [sid])
}

/**
 * Has `bury` called for each id that somebody else destroys by this very object, as express-session does at logins and
 * logouts, before who destroyed it goes on: else a tab whose socket still speaks for the old id would begin a session
 * under it. What is then written under that id, by a slow route that had loaded it before, is dropped. Returns its off.
 */
export function watchDestroy(store: ExpressStore, bury: Bury): () => void {
  const known = watched.get(store) ?? watch(store)
  known.listeners.add(bury)
  return () => void known.listeners.delete(bury)
}

function watch(store: ExpressStore): Watched {
  const { destroy, set } = store
  const listeners: Watched['listeners'] = new Set()
  const dead: Watched['dead'] = new Map()
  const made: Watched = { listeners, own: { destroy, set }, dead }
  watched.set(store, made)

  const buryAll = async (sids: readonly string[]) => {
    const tombstone = formatRecord({ dead: true, at: Date.now() })
    for (const sid of sids) for (const one of listeners) await one(sid, tombstone, tombstoneMs)
  }

  store.destroy = (sid, callback) => {
    const sids = [sid].flat()
    remember(dead, sids)
    return destroy.call(store, sid, (error) => {
      if (error) {
        for (const one of sids) dead.delete(one)
        return callback?.(error)
      }
      buryAll(sids).then(
        () => callback?.(),
        (failed) => callback?.(failed),
      )
    })
  }
  store.set = (sid, session, callback) => {
    if (!dead.has(sid)) return set.call(store, sid, session, callback)
    return callback?.()
  }
  return made
}

function remember(dead: Watched['dead'], sids: readonly string[]): void {
  const now = Date.now()
  for (const [sid, at] of dead) {
    if (at > now - tombstoneMs) break
    dead.delete(sid)
  }
  for (const sid of sids) {
    dead.delete(sid)
    dead.set(sid, now)
  }
}
