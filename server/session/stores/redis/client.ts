import type { Script } from './scripts.ts'

/** What the store asks of a connection, whichever client makes it. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  expire(key: string, ms: number): Promise<unknown>
  /** Strings, numbers or null. */
  run(script: Script, keys: string[], args: string[]): Promise<unknown>
  info(section: string): Promise<string>
  /** Of a client that the app opened, which stays open, it lets go. */
  close(): Promise<void>
}

/** As much of ioredis's `Redis` and `Cluster` as is used. */
export interface IoredisClient {
  get(key: string): Promise<string | null>
  pexpire(key: string, ms: number): Promise<unknown>
  evalsha(sha: string, keys: number, ...rest: string[]): Promise<unknown>
  eval: (lua: string, keys: number, ...rest: string[]) => Promise<unknown>
  info(section: string): Promise<string>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** As much of node-redis's client and cluster as is used. */
export interface NodeRedisClient {
  get(key: string): Promise<unknown>
  pExpire(key: string, ms: number): Promise<unknown>
  evalSha(sha: string, options: ScriptOptions): Promise<unknown>
  eval: (lua: string, options: ScriptOptions) => Promise<unknown>
  info?(section: string): Promise<unknown>
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

interface ScriptOptions {
  keys: string[]
  arguments: string[]
}

export type RedisClient = IoredisClient | NodeRedisClient

export function speak(client: RedisClient): RedisCommands {
  const deaf = () => {}
  // Without a listener node-redis ends the process when its connection breaks.
  client.on('error', deaf)
  const close = async () => void client.off('error', deaf)
  return { ...('pexpire' in client ? speakIoredis(client) : speakNodeRedis(client)), close }
}

function speakIoredis(client: IoredisClient): Omit<RedisCommands, 'close'> {
  return {
    get: (key) => client.get(key),
    expire: (key, ms) => client.pexpire(key, ms),
    run: ({ lua, sha }, keys, args) =>
      client.evalsha(sha, keys.length, ...keys, ...args).catch((error) => {
        if (!isUnknown(error)) throw error
        return client.eval(lua, keys.length, ...keys, ...args)
      }),
    info: (section) => client.info(section),
  }
}

function speakNodeRedis(client: NodeRedisClient): Omit<RedisCommands, 'close'> {
  return {
    get: (key) => client.get(key) as Promise<string | null>,
    expire: (key, ms) => client.pExpire(key, ms),
    run: ({ lua, sha }, keys, args) =>
      client.evalSha(sha, { keys, arguments: args }).catch((error) => {
        if (!isUnknown(error)) throw error
        return client.eval(lua, { keys, arguments: args })
      }),
    // A cluster of node-redis has none.
    info: async (section) => String((await client.info?.(section)) ?? ''),
  }
}

/** Redis forgets scripts when it restarts, and at SCRIPT FLUSH. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
