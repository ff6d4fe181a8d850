import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Visitor } from '../reflex/caller.ts'

/**
 * Whom a request is from. Forwarded headers count only behind a proxy that is trusted: anybody can send them. The last
 * value of each is the one that the nearest proxy wrote.
 */
export function visitorOf({ headers, socket }: IncomingMessage, trustProxy: boolean): Visitor {
  const own = (socket as TLSSocket).encrypted === true ? 'https' : 'http'
  const forwarded = trustProxy ? last(headers['x-forwarded-proto']) : undefined
  return {
    scheme: forwarded === 'https' || forwarded === 'http' ? forwarded : own,
    host: (trustProxy ? last(headers['x-forwarded-host']) : undefined) ?? headers.host ?? '',
    address: (trustProxy ? last(headers['x-forwarded-for']) : undefined) ?? socket.remoteAddress,
    cookie: headers.cookie,
    language: headers['accept-language'],
    userAgent: headers['user-agent'],
  }
}

function last(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim()
}
