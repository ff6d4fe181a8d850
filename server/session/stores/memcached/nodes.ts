import { requirePackage } from '../require-package.ts'
import { type Connection, createConnection, type MemcachedSocket } from './connection.ts'
import { type MemcachedClient, type MemcachedNode, ringOf } from './ring.ts'

interface MemcachePackage {
  createNode(host: string, port: number, options?: { timeout: number }): MemcachedNode & MemcachedSocket
}

/** What is under a key, and the token with which it can be replaced as long as nobody else did. */
interface Loaded {
  readonly text: string
  readonly token: string
}

export interface Nodes {
  read(key: string): Promise<string | undefined>
  load(key: string): Promise<Loaded | undefined>
  /** Replaces what was loaded with the token, or adds where nothing was; false when somebody was faster. `end`: ms since 1970. */
  swap(key: string, text: string, end: number, token: string | undefined): Promise<boolean>
  close(): void
}

/** Longest time that Memcached counts from now on, s; larger numbers are moments since 1970. */
const longestSpan = 2_592_000

/** Last moment that Memcached can count to, s since 1970; what is later has passed already, in its eyes. */
const lastMoment = 2_147_483_647

/** Longest time that a timer counts, ms: the package closes what was idle for so long. */
const never = 2_147_483_647

/** A token that no item has: what is not there any more, or only now. */
const noToken = '0'

/**
 * The commands by which items are changed. Not the package's own methods: those take a failing server for a miss, and its
 * `gets` gives no token. Each key has one server, so that there is one truth.
 */
export function createNodes(source: string | readonly string[] | MemcachedClient, silence: number): Nodes {
  const library = requirePackage<MemcachePackage>('memcache', 'memcached()')
  const { hash } = ringOf(source, library.createNode)
  const connections = new Map<string, Connection>()

  function connectionFor(key: string): Connection {
    // A blank or a line end would be read as the next argument or command.
    if (!/^[\w:-]{1,200}$/.test(key)) throw new Error('the key is not made of A-Z a-z 0-9 : _ -')
    const [node] = hash.getNodesByKey(key)
    if (node === undefined) throw new Error('there is no server')
    const { id, host, port } = node
    const known = connections.get(id)
    if (known) return known
    const made = createConnection(() => library.createNode(host, port, { timeout: never }), silence)
    connections.set(id, made)
    return made
  }

  return {
    read: async (key) => connectionFor(key).ask((socket) => get(socket, key)),
    async load(key) {
      // The token first: if somebody changes the item in between, it is worth nothing. Both leave in one go.
      const [head, text] = await connectionFor(key).ask((socket) =>
        Promise.all([tokenOf(socket, socket.command(`mg ${key} c`)), get(socket, key)]),
      )
      if (text === undefined) return undefined
      if (head === noToken) throw new Error('Memcached was started with -C; sessions need the cas that it turns off')
      // It was not there for the first and is for the second: the caller will look again.
      return { text, token: head ?? noToken }
    },
    async swap(key, text, end, token) {
      const tail = `${key} 0 ${expiryOf(end)} ${Buffer.byteLength(text)}`
      const line = token === undefined ? `add ${tail}` : `cas ${tail} ${token}`
      return connectionFor(key).ask(async (socket) => {
        const answer = await socket.command(`${line}\r\n${text}`)
        if (answer === 'STORED') return true
        // NOT_STORED comes as false.
        if (answer === 'EXISTS' || answer === 'NOT_FOUND' || answer === false) return false
        return outOfStep(socket, answer)
      })
    },
    close() {
      for (const connection of connections.values()) connection.close()
      connections.clear()
    },
  }
}

async function get(socket: MemcachedSocket, key: string): Promise<string | undefined> {
  const answer = await socket.command(`get ${key}`, { isMultiline: true, requestedKeys: [key] })
  const { values = [], foundKeys = [] } = answer as { values?: string[]; foundKeys?: string[] }
  if (foundKeys.some((found) => found !== key) || values.length !== foundKeys.length) outOfStep(socket, foundKeys)
  return values[0]
}

/** Undefined when nothing is there. */
async function tokenOf(socket: MemcachedSocket, asked: Promise<unknown>): Promise<string | undefined> {
  const answer = await asked
  if (answer === 'EN') return undefined
  return /^HD c(\d+)$/.exec(String(answer))?.[1] ?? outOfStep(socket, answer)
}

/** Not an answer to what was asked: what comes next on this connection may be another's. */
function outOfStep(socket: MemcachedSocket, answer: unknown): never {
  const reason = new Error(`this is no answer of Memcached 1.6: ${String(answer).slice(0, 100)}`)
  socket.socket?.destroy(reason)
  throw reason
}

/** Memcached's time of expiry: at once for what is over. */
function expiryOf(end: number): number {
  const seconds = Math.ceil((end - Date.now()) / 1_000)
  if (seconds <= 0) return -1
  // Its clock ticks once a second: one more, so that it forgets nothing early.
  return seconds + 1 <= longestSpan ? seconds + 1 : Math.min(Math.ceil(end / 1_000), lastMoment)
}
