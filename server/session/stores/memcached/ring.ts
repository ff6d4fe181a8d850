import { hash as hashOnce } from 'node:crypto'
import { PatellaError } from '../../../../protocol/errors.ts'

/** As much of a client of the package `memcache` as is used: which servers there are, and which of them has a key. */
export interface MemcachedClient {
  readonly nodes: readonly MemcachedNode[]
  readonly hash: { getNodesByKey(key: string): readonly MemcachedNode[] }
}

export interface MemcachedNode {
  readonly id: string
  readonly uri: string
  readonly host: string
  readonly port: number
  readonly hasSaslCredentials: boolean
}

/** Which server has a key: as a client says, or by the addresses. Throws `option_invalid`. */
export function ringOf(
  source: string | readonly string[] | MemcachedClient,
  createNode: (host: string, port: number) => MemcachedNode,
): MemcachedClient {
  if (!isClient(source)) return spread(nodesOf([source].flat().join(','), createNode))
  for (const { id, uri, hasSaslCredentials } of source.nodes) {
    if (hasSaslCredentials) throw invalid(`${id} takes a name and a password (SASL), by a protocol without cas`)
    if (uri.startsWith('memcaches:')) throw invalid(`${id} is reached by TLS; sessions would go there without`)
  }
  return source
}

function nodesOf(addresses: string, createNode: (host: string, port: number) => MemcachedNode): MemcachedNode[] {
  const named = new Map<string, MemcachedNode>()
  for (const address of addresses.split(',')) {
    const [, host, port = '11211'] = form.exec(address.trim()) ?? []
    if (!host || !(Number(port) >= 1 && Number(port) <= 65_535)) throw invalid(`"${address}" is no host:port`)
    const node = createNode(host.replace(/^\[|\]$/g, ''), Number(port))
    named.set(node.id, node)
  }
  return [...named.values()]
}

const form = /^(?:(?:memcached?|tcp):\/\/)?(\[[\da-f:.]+\]|[^\s:/@[\]]+)(?::(\d{1,5}))?\/?$/i

/**
 * Rendezvous hashing: each key belongs to the server that scores highest with it. Even, the same for any order of the
 * addresses, and a server that goes leaves the keys of the others where they are. The package's own ring gave the first
 * of five servers an eighth of the keys and the third more than a third.
 */
function spread(nodes: readonly MemcachedNode[]): MemcachedClient {
  const getNodesByKey = (key: string) => {
    if (nodes.length === 1) return nodes
    const scores = nodes.map((node) => ({ node, score: hashOnce('sha256', `${node.id} ${key}`, 'hex') }))
    return [scores.reduce((best, next) => (next.score > best.score ? next : best)).node]
  }
  return { nodes, hash: { getNodesByKey } }
}

function isClient(source: string | readonly string[] | MemcachedClient): source is MemcachedClient {
  return typeof source === 'object' && 'hash' in source
}

function invalid(reason: string): PatellaError {
  return new PatellaError('option_invalid', { reason: `memcached: ${reason}` })
}
