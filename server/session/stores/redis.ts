import type { SessionStore, StoredSession, StoreSetting } from '../store.ts'
import { boundsOf, createPending, type StoreBounds } from './pending.ts'
import { advise } from './redis/advice.ts'
import { type RedisClient, type RedisCommands, speak } from './redis/client.ts'
import { connectIoredis, type RedisConnection } from './redis/connect.ts'
import { acquireScript, commitScript, releaseScript } from './redis/scripts.ts'

export interface RedisOptions extends RedisConnection, StoreBounds {}

/**
 * Sessions in Redis 6.2 or newer, or Valkey: standalone, Sentinel or Cluster. Give an address (`rediss://` for TLS), options of
 * ioredis, or a client of yours, ioredis's or node-redis's, which stays yours to close. `npm install ioredis` for the
 * first two. A request costs two round trips, `acquire` and `commit`, each one script.
 *
 * What is stored under a key is `<version> <owner>\n<body>`; the lease beside it is in the same slot of a cluster.
 *
 * @example
 * createPatella({ session: { store: redis(process.env.REDIS_URL) } })
 * @example
 * redis({ sentinels: [{ host: 'a', port: 26379 }], name: 'main', password })
 * @example
 * redis({ cluster: ['redis://a:6379', 'redis://b:6379'] })
 */
export function redis(source?: string | RedisClient | RedisOptions, options: RedisOptions = {}): SessionStore {
  const given = isClient(source) ? source : undefined
  const settings = typeof source === 'object' && !given ? { ...(source as RedisOptions), ...options } : options
  const { commandTimeout: _timeout, maxPending: _most, ...connection } = settings
  const { commandTimeout, maxPending } = boundsOf('redis', settings)
  const connect = given
    ? () => [speak(given)]
    : connectIoredis({ ...connection, ...(typeof source === 'string' && { url: source }) })

  let clients: readonly RedisCommands[] | undefined
  let stopAdvising: (() => void) | undefined
  const open = ({ poolSize = 5, warn }: Partial<StoreSetting> = {}) => {
    const all = clients?.length ? clients : connect(poolSize)
    clients = all
    if (warn) stopAdvising = advise(all[0] as RedisCommands, warn)
    return all
  }
  /** Always the same connection for a key: what is sent later arrives later. */
  const bounded = createPending(maxPending)
  const ask = <T>(key: string, command: (client: RedisCommands) => Promise<T>): Promise<T> =>
    bounded(() => {
      const all = clients ?? open()
      if (all.length === 0) throw new Error('the store was closed')
      return command(all[hashOf(key) % all.length] as RedisCommands)
    })

  return {
    name: 'redis',
    timeout: commandTimeout,
    open: (setting) => void open(setting),
    async acquire(key, owner, leaseMs) {
      const text = await ask(key, ({ run }) => run(acquireScript, keysOf(key), [owner, String(leaseMs)]))
      return text === null ? null : parse(text as string)
    },
    read: async (key) => parse((await ask(key, ({ get }) => get(key))) ?? ''),
    async commit(key, { owner, version, next, body, ttl }) {
      const text = `${next} ${owner}\n${body}`
      const args = [owner, String(version), text, String(Math.ceil(ttl))]
      return (await ask(key, ({ run }) => run(commitScript, keysOf(key), args))) === 1
    },
    async release(key, owner) {
      await ask(key, ({ run }) => run(releaseScript, [leaseOf(key)], [owner]))
    },
    async touch(key, ttl) {
      await ask(key, ({ expire }) => expire(key, Math.ceil(ttl)))
    },
    figures: () => ({ connections: clients?.length ?? 0, waiting: bounded.waiting }),
    async close() {
      stopAdvising?.()
      const all = clients ?? []
      clients = []
      await Promise.all(all.map(({ close }) => close()))
    },
  }
}

/** In a cluster what stands in braces decides the slot, so that both keys are in one. */
function leaseOf(key: string): string {
  return `{${key}}.lease`
}

function keysOf(key: string): string[] {
  return [key, leaseOf(key)]
}

/** What is not of this store's form counts as not there, and the next commit replaces it. */
function parse(text: string): StoredSession {
  const end = text.indexOf('\n')
  const [, version] = /^(\d{1,15}) \S+$/.exec(text.slice(0, Math.max(end, 0))) ?? []
  return version === undefined ? { version: 0, body: '' } : { version: Number(version), body: text.slice(end + 1) }
}

/** Spreads keys evenly, the end of each being part of a digest. */
function hashOf(key: string): number {
  let sum = 0
  for (let at = Math.max(0, key.length - 4); at < key.length; at++) sum = sum * 31 + key.charCodeAt(at)
  return sum
}

function isClient(source: unknown): source is RedisClient {
  return (
    typeof (source as { pexpire?: unknown; pExpire?: unknown } | undefined)?.pexpire === 'function' ||
    typeof (source as { pExpire?: unknown } | undefined)?.pExpire === 'function'
  )
}
