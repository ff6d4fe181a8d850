import { PatellaError } from '../../../protocol/errors.ts'
import type { SessionStore } from '../store.ts'
import { emptyItem, formatItem, type Item, leaseOfOther, parseItem, stored } from './memcached/item.ts'
import { createNodes, type MemcachedClient } from './memcached/nodes.ts'
import { createPending } from './pending.ts'

export interface MemcachedOptions {
  /** How long Memcached may take to answer, connecting again included, ms. Default 1,500. */
  commandTimeout?: number
  /** Most requests that may wait for an answer; past it they fail at once. Default 2,000. */
  maxPending?: number
}

/** Room for a key, the head of an item and Memcached's own, below its 1 MiB. */
const maxBytes = 1_040_000

/** How often somebody else may change an item first. */
const tries = 50

/**
 * Sessions in Memcached 1.6 or newer. Give addresses, or a client of the package `memcache` that stays yours to close.
 * Lease and record are one item, changed by compare-and-swap: four round trips for a request. Leases and lives are
 * compared by the clocks of the app's machines. An item that Memcached drops, at a restart or for want of room, is a
 * session that ended.
 *
 * @example
 * createPatella({ session: { store: memcached('localhost:11211') } })
 */
export function memcached(
  source: string | readonly string[] | MemcachedClient | undefined = process.env.MEMCACHED_URL,
  { commandTimeout = 1_500, maxPending = 2_000 }: MemcachedOptions = {},
): SessionStore {
  for (const [name, value] of Object.entries({ commandTimeout, maxPending })) {
    if (!(value >= 1)) throw new PatellaError('option_invalid', { reason: `memcached: ${name} takes 1 or more` })
  }
  const nodes = createNodes(source ?? 'localhost:11211')
  const bounded = createPending(maxPending)

  /** Changes what is under a key until nobody else did meanwhile; `change` gives `undefined` to leave it as it is. */
  const change = <T>(key: string, decide: (item: Item) => readonly [result: T, next?: Item]): Promise<T> =>
    bounded(async () => {
      for (let attempt = 0; attempt < tries; attempt++) {
        const loaded = await nodes.load(key)
        const [result, next] = decide(loaded === undefined ? emptyItem : parseItem(loaded.text))
        if (next === undefined) return result
        if (await nodes.swap(key, formatItem(next), endOf(next), loaded?.token)) return result
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(attempt, 10)))
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
      const loaded = await bounded(() => nodes.load(key))
      return stored(loaded === undefined ? emptyItem : parseItem(loaded.text))
    },
    commit: (key, { owner, version, body, ttl }) =>
      change(key, (item) => {
        if (leaseOfOther(item, owner) || item.version !== version) return [false]
        return [true, { version: version + 1, owner: '', until: 0, expires: Date.now() + ttl, body }]
      }),
    release: (key, owner) =>
      change(key, (item) => (item.owner === owner ? [undefined, { ...item, owner: '', until: 0 }] : [undefined])),
    touch: (key, ttl) =>
      change(key, (item) => (item.version === 0 ? [undefined] : [undefined, { ...item, expires: Date.now() + ttl }])),
    close: nodes.close,
  }
}

/** When an item is of no use any more, ms since 1970. */
function endOf({ until, expires }: Item): number {
  return Math.max(until, expires)
}
