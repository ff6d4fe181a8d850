import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import proxyaddr from 'proxy-addr'
import type { Visitor } from '../reflex/caller.ts'

/**
 * Whose forwarded headers are believed: everybody's (`true`), nobody's (`false`), that many proxies' in front of the app,
 * or those of addresses and subnets (`'loopback'`, `'10.0.0.0/8'`; a list, or a text with commas). As `trust proxy` of Express.
 */
export type TrustProxy = boolean | number | string | readonly string[]

/** Scheme, host and address as a host app's own setting makes them of a raw request. */
export type Forwarded = (request: IncomingMessage) => { protocol: string; host: string; ip: string | undefined }

export interface Visitors {
  /** True when nothing is to be learnt from the host any more. */
  readonly known: boolean
  /** Takes the host app's own setting; `undefined` where it has none. */
  learn(forwarded: Forwarded | undefined): void
  /** Whom a request is from. */
  of(request: IncomingMessage): Visitor
}

/** `trustProxy` decides; where it is left out, the host app's own setting does. */
export function createVisitors(trustProxy: TrustProxy | undefined): Visitors {
  const own = trustProxy === undefined ? undefined : trusting(compileTrust(trustProxy))
  let forwarded = own ?? untrusting
  let known = own !== undefined
  return {
    get known() {
      return known
    },
    learn(learnt) {
      known = true
      if (own === undefined && learnt !== undefined) forwarded = learnt
    },
    of(request) {
      const { headers, socket } = request
      const { protocol, host, ip } = forwarded(request)
      return {
        scheme: protocol === 'https' || protocol === 'http' ? protocol : schemeOf(socket),
        host,
        address: ip,
        cookie: headers.cookie,
        language: headers['accept-language'],
        userAgent: headers['user-agent'],
      }
    },
  }
}

/** Forwarded headers that came along although nobody believes them: the usual cause of a refused origin. */
export function untrustedHeaders({ headers }: IncomingMessage, { scheme, host }: Visitor): string {
  const said = [
    ['X-Forwarded-Proto', fromEnd(headers['x-forwarded-proto'], 1), scheme],
    ['X-Forwarded-Host', fromEnd(headers['x-forwarded-host'], 1), host],
  ] as const
  const ignored = said.find(([, value, taken]) => value !== undefined && value !== taken)
  return ignored ? ` (${ignored[0]}: ${String(ignored[1]).slice(0, 100)} came along and was not trusted)` : ''
}

/** @throws TypeError for what is no address. */
export function compileTrust(trust: TrustProxy): (address: string, hop: number) => boolean {
  if (typeof trust === 'boolean') return () => trust
  if (typeof trust === 'number') return (_address, hop) => hop < trust
  return proxyaddr.compile(typeof trust === 'string' ? trust.split(/\s*,\s*/) : [...trust])
}

function untrusting({ headers, socket }: IncomingMessage): ReturnType<Forwarded> {
  return { protocol: schemeOf(socket), host: headers.host ?? '', ip: socket.remoteAddress }
}

/** Of each header's values the one that the farthest trusted proxy wrote, for every proxy adds its own at the end. */
export function trusting(trusts: (address: string, hop: number) => boolean): Forwarded {
  return (request) => {
    const direct = untrusting(request)
    if (!trusts(direct.ip ?? '', 0)) return direct
    const { headers } = request
    const addresses = direct.ip === undefined ? [''] : proxyaddr.all(request, trusts)
    const proxies = Math.max(1, addresses.length - 1)
    return {
      protocol: fromEnd(headers['x-forwarded-proto'], proxies) ?? direct.protocol,
      host: fromEnd(headers['x-forwarded-host'], proxies) ?? direct.host,
      ip: direct.ip === undefined ? undefined : addresses.at(-1),
    }
  }
}

function schemeOf(socket: IncomingMessage['socket']): 'http' | 'https' {
  return (socket as TLSSocket).encrypted === true ? 'https' : 'http'
}

/** The `count`-th value from the end; the first of fewer, which proxies wrote that do not add to the header. */
function fromEnd(header: string | string[] | undefined, count: number): string | undefined {
  const values = header === undefined ? [] : String(header).split(',')
  return values[Math.max(0, values.length - count)]?.trim()
}
