import { requirePackage } from '../require-package.ts'

/** As much of a client of the package `memcache` as is used. */
export interface MemcachedClient {
  readonly hash: { getNodesByKey(key: string): readonly MemcachedNode[] }
  on(event: 'error', listener: () => void): unknown
  disconnect(): Promise<void>
}

interface MemcachedNode {
  isConnected(): boolean
  connect(): Promise<void>
  command(text: string, options?: { isMultiline?: boolean; requestedKeys?: string[] }): Promise<unknown>
}

/** What is under a key, and the token with which it can be replaced as long as nobody else did. */
interface Loaded {
  readonly text: string
  readonly token: string
}

export interface Nodes {
  load(key: string): Promise<Loaded | undefined>
  /** Replaces what was loaded with the token, or adds where nothing was; false when somebody was faster. `end`: ms since 1970. */
  swap(key: string, text: string, end: number, token: string | undefined): Promise<boolean>
  close(): Promise<void>
}

/** Silence after which the package gives a connection up, ms; one without work is made anew when it is wanted. */
const silence = 2_000

/** Longest time that Memcached counts from now on, s; larger numbers are moments since 1970. */
const longestSpan = 2_592_000

/**
 * The commands by which items are changed. Not the package's own methods: those take a failing server for a miss, and its
 * `gets` gives no token. Each key has one node, so that there is one truth.
 */
export function createNodes(source: string | readonly string[] | MemcachedClient): Nodes {
  const given = typeof source === 'object' && 'hash' in source ? source : undefined
  const client = given ?? connectTo(source as string | readonly string[])
  client.on('error', nothing)
  const connecting = new Map<MemcachedNode, Promise<void>>()

  async function nodeFor(key: string): Promise<MemcachedNode> {
    const [node] = client.hash.getNodesByKey(key)
    if (node === undefined) throw new Error('there is no server')
    if (node.isConnected()) return node
    // The package makes a second socket for who asks while the first one connects.
    let made = connecting.get(node)
    if (made === undefined) {
      made = node.connect().finally(() => connecting.delete(node))
      connecting.set(node, made)
    }
    await made
    return node
  }

  return {
    async load(key) {
      const node = await nodeFor(key)
      // The token first: if somebody changes the item in between, it is worth nothing. Both leave in one go.
      const [head, found] = await Promise.all([
        node.command(`mg ${key} c`),
        node.command(`get ${key}`, { isMultiline: true, requestedKeys: [key] }) as Promise<{ values?: string[] }>,
      ])
      const token = /^HD c(\d+)$/.exec(String(head))?.[1]
      const text = found.values?.[0]
      if (text === undefined) return undefined
      // It was not there for the first and is for the second: a token that fits nothing makes the caller look again.
      return { text, token: token ?? '0' }
    },
    async swap(key, text, end, token) {
      const node = await nodeFor(key)
      const tail = `${key} 0 ${expiryOf(end)} ${Buffer.byteLength(text)}`
      const answer = await node.command(
        token === undefined ? `add ${tail}\r\n${text}` : `cas ${tail} ${token}\r\n${text}`,
      )
      return answer === 'STORED'
    },
    async close() {
      if (!given) await client.disconnect()
    },
  }
}

/** Memcached's time of expiry: at once for what is over. */
function expiryOf(end: number): number {
  const seconds = Math.ceil((end - Date.now()) / 1_000)
  if (seconds <= 0) return -1
  return seconds + 1 <= longestSpan ? seconds + 1 : Math.ceil(end / 1_000)
}

function connectTo(source: string | readonly string[]): MemcachedClient {
  const { Memcache } = requirePackage<{ Memcache: new (options: unknown) => MemcachedClient }>(
    'memcache',
    'memcached()',
  )
  const nodes = [source].flat().map((address) => address.replace(/^memcached?:\/\//, ''))
  return new Memcache({ nodes, timeout: silence, retries: 0 })
}

function nothing(): void {}
