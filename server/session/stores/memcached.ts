import type { SessionStore } from '../store.ts'
import { emptyItem, formatItem, type Item, leaseOfOther, parseItem, stored } from './memcached/item.ts'
import { createNodes } from './memcached/nodes.ts'
import type { MemcachedClient } from './memcached/ring.ts'
import { boundsOf, createPending, type StoreBounds } from './pending.ts'

/** A connection that stays silent for `commandTimeout` is made anew. */
export interface MemcachedOptions extends StoreBounds {}

/** Room for a key, the head of an item and Memcached's own, below its 1 MiB. */
const maxBytes = 1_040_000

/** How often somebody else may change an item first. */
const tries = 50

/**
 * Sessions in Memcached 1.6 or newer. Give addresses (default MEMCACHED_URL of the environment, else `localhost:11211`), or
 * a client of the package `memcache`, whose servers and spreading of keys are then used, by connections of the store's own:
 * one for each server. `npm install memcache` for either; on Node 20 `memcache@1.7`. Neither TLS nor SASL.
 *
 * Lease and record are one item, changed by compare-and-swap: four round trips for a request. Leases and lives are
 * compared by the clocks of the app's machines. An item that Memcached drops, at a restart or for want of room, is a
 * session that ended.
 *
 * @example
 * createPatella({ session: { store: memcached('localhost:11211') } })
 * @example
 * memcached(['10.0.0.1:11211', '10.0.0.2:11211'])
 */
export function memcached(
  source?: string | readonly string[] | MemcachedClient,
  options: MemcachedOptions = {},
): SessionStore {
  const { commandTimeout, maxPending } = boundsOf('memcached', options)
  const nodes = createNodes(source || process.env.MEMCACHED_URL || 'localhost:11211', commandTimeout)
  const bounded = createPending(maxPending)

  /**
   * Changes what is under a key until nobody else did meanwhile; `decide` gives no item to leave it as it is. A change
   * that was made, but whose answer was lost with its connection, is decided once more.
   */
  const change = <T>(key: string, decide: (item: Item) => readonly [result: T, next?: Item]): Promise<T> =>
    bounded(async () => {
      for (let attempt = 0; attempt < tries; attempt++) {
        const loaded = await nodes.load(key)
        const [result, next] = decide(loaded === undefined ? emptyItem : parseItem(loaded.text))
        if (next === undefined) return result
        if (await nodes.swap(key, formatItem(next), endOf(next), loaded?.token)) return result
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(attempt, 10)).unref())
      }
      throw new Error(`${key} was changed by others ${tries} times in a row`)
    })

  return {
    name: 'memcached',
    maxBytes,
    timeout: commandTimeout,
    acquire: (key, owner, leaseMs) =>
      change(key, (item) => {
        if (leaseOfOther(item, owner)) return [null]
        return [stored(item), { ...item, owner, until: Date.now() + leaseMs }]
      }),
    read: async (key) => {
      const text = await bounded(() => nodes.read(key))
      return stored(text === undefined ? emptyItem : parseItem(text))
    },
    commit: (key, { owner, version, next, body, ttl }) =>
      change(key, (item) => {
        if (item.version === next && item.writer === owner && item.body === body) return [true]
        if (leaseOfOther(item, owner) || item.version !== version) return [false]
        const expires = Date.now() + ttl
        return [true, { version: next, writer: owner, owner: '', until: 0, expires, body }]
      }),
    release: (key, owner) =>
      change(key, (item) => (item.owner === owner ? [undefined, { ...item, owner: '', until: 0 }] : [undefined])),
    touch: (key, ttl) =>
      change(key, (item) => (item.version === 0 ? [undefined] : [undefined, { ...item, expires: Date.now() + ttl }])),
    figures: () => ({ waiting: bounded.waiting }),
    close: nodes.close,
  }
}

/** When an item is of no use any more, ms since 1970. */
function endOf({ until, expires }: Item): number {
  return Math.max(until, expires)
}
