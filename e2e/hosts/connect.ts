import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import compression from 'compression'
import helmet from 'helmet'
import morgan from 'morgan'
import type { Middleware } from 'patella'
import type { HostPart } from 'patella/conformance'
import { RateLimiterMemory } from 'rate-limiter-flexible'

/** Middleware of Connect's kind, which Express and `node:http` share. */
export const connectParts: Partial<Record<HostPart, (log: (line: string) => void) => Middleware>> = {
  compression: () => compression({ threshold: 0 }) as unknown as Middleware,

  csp: () => {
    const giveNonce = (request: IncomingMessage) => {
      const nonce = randomBytes(16).toString('base64')
      Object.assign(request, { nonce })
      return `'nonce-${nonce}'`
    }
    return helmet({ contentSecurityPolicy: { directives: { 'script-src': [giveNonce] } } })
  },

  logger: (log) => {
    const again = (request: Marked) => (request.patella?.rerender ? 'again ' : '')
    return morgan(
      (tokens, request, response) =>
        `${again(request)}${tokens.method?.(request, response)} ${tokens.url?.(request, response)}`,
      {
        stream: { write: log },
      },
    )
  },

  limiter: () => {
    const limiter = new RateLimiterMemory({ points: 8, duration: 60 })
    return (request, response, next) => {
      if (isAgain(request)) return next()
      const refuse = () => void response.writeHead(429).end()
      limiter.consume(request.socket.remoteAddress ?? '').then(() => next(), refuse)
    }
  },

  user: () => (request, _response, next) => {
    Object.assign(request, { user: userOf(request) })
    next()
  },
}

type Marked = IncomingMessage & { patella?: { rerender: boolean } }

/** The nonce that part `csp` gave a request. */
export function nonceOf(request: object): string | undefined {
  return (request as { nonce?: string }).nonce
}

/** Whether Patella renders a page again by this request. */
export function isAgain(request: IncomingMessage): boolean {
  return (request as Marked).patella?.rerender === true
}

/** What stands for a login: the name of the user in a cookie. */
export function userOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /(?:^|; )user=(\w+)/.exec(headers.cookie ?? '')?.[1]
}
