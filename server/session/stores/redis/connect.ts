import { PatellaError } from '../../../../protocol/errors.ts'
import { requirePackage } from '../require-package.ts'
import { type IoredisClient, type RedisCommands, speak } from './client.ts'

export interface RedisConnection {
  /** Default: REDIS_URL of the environment, else `redis://localhost:6379/1`. */
  url?: string | undefined
  /** Nodes of a Redis Cluster, of which some must be there at the start. */
  cluster?: readonly (string | { host?: string; port?: number })[]
  /**
   * Whatever else ioredis takes: `host`, `port`, `username`, `password`, `tls`, `sentinels`, `name` …; with `cluster` what
   * its `Cluster` takes as well, such as `natMap`. What an address says of the same gives way.
   */
  [option: string]: unknown
}

interface Ioredis {
  Redis: new (...args: unknown[]) => Client
  Cluster: new (nodes: unknown, options: unknown) => Client
}

interface Client extends IoredisClient {
  disconnect(): void
  quit(): Promise<unknown>
}

/** Silence after which a connection with something to answer is given up, ms. */
const silence = 2_000

/** The way to make so many connections. Fails at once when ioredis is not there. */
export function connectIoredis({ url, cluster, ...given }: RedisConnection): (count: number) => RedisCommands[] {
  const { Redis, Cluster } = requirePackage<Ioredis>('ioredis', 'redis()')
  const options = {
    connectionName: 'patella',
    connectTimeout: silence,
    socketTimeout: silence,
    // Back within 2 s of Redis, and spread; what waits meanwhile is given up after a few tries, not kept for ever.
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 500) * (0.5 + Math.random() / 2),
    maxRetriesPerRequest: 5,
    // After a failover the old master takes no writes: to the new one, and the command again.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...given,
  }
  if (cluster && given.keyPrefix !== undefined) {
    const reason = 'redis: a record and its lease must be in one slot, which keyPrefix parts; set session.prefix'
    throw new PatellaError('option_invalid', { reason })
  }
  const address = url ?? (given.host || given.path || given.sentinels ? undefined : standard())
  const make = () => {
    if (!cluster) return new Redis(options, address)
    const redisOptions = { ...sharedBy(cluster[0]), ...options, ...(given.redisOptions as object | undefined) }
    return new Cluster(cluster, { clusterRetryStrategy: options.retryStrategy, ...given, redisOptions })
  }
  return (count) =>
    Array.from({ length: count }, () => {
      const client = make()
      const close = () => client.quit().then(nothing, () => client.disconnect())
      return { ...speak(client), close }
    })
}

/** What one node's address says of all of them: ioredis takes it for that node's alone. */
function sharedBy(node: string | object | undefined): object {
  if (typeof node !== 'string' || !URL.canParse(node)) return {}
  const { protocol, username, password } = new URL(node)
  return {
    ...(protocol === 'rediss:' && { tls: {} }),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  }
}

function standard(): string {
  return process.env.REDIS_URL ?? 'redis://localhost:6379/1'
}

function nothing(): void {}
