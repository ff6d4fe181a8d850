import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** Where a request came from, as the browser sees it. */
export interface Whence {
  readonly scheme: 'http' | 'https'
  /** Host and port. */
  readonly host: string
  readonly address: string | undefined
}

/**
 * Scheme, host and address of a request. Forwarded headers count only behind a proxy that is trusted: anybody can send
 * them. The last value of each is the one that the nearest proxy wrote.
 */
export function whenceOf(request: IncomingMessage, trustProxy: boolean): Whence {
  const { headers, socket } = request
  const own = (socket as TLSSocket).encrypted === true ? 'https' : 'http'
  const host = headers.host ?? ''
  if (!trustProxy) return { scheme: own, host, address: socket.remoteAddress }
  const forwarded = last(headers['x-forwarded-proto'])
  return {
    scheme: forwarded === 'https' || forwarded === 'http' ? forwarded : own,
    host: last(headers['x-forwarded-host']) ?? host,
    address: last(headers['x-forwarded-for']) ?? socket.remoteAddress,
  }
}

function last(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim()
}
