import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import compression from 'compression'
import helmet from 'helmet'
import morgan from 'morgan'
import type { Middleware } from 'patella'
import type { HostPart } from 'patella/conformance'

/** Middleware of Connect's kind, which Express and `node:http` share. */
export const connectParts: Partial<Record<HostPart, (log: (line: string) => void) => Middleware>> = {
  compression: () => compression({ threshold: 0 }) as unknown as Middleware,

  csp: () => {
    const nonceOf = (response: ServerResponse & { locals?: Record<string, unknown> }) => {
      const nonce = randomBytes(16).toString('base64')
      response.locals = Object.assign(response.locals ?? {}, { nonce })
      return `'nonce-${nonce}'`
    }
    return helmet({ contentSecurityPolicy: { directives: { 'script-src': [(_, response) => nonceOf(response)] } } })
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

  user: () => (request, _response, next) => {
    Object.assign(request, { user: userOf(request) })
    next()
  },
}

type Marked = IncomingMessage & { patella?: { rerender: boolean } }

/** Whether Patella renders a page again by this request. */
export function isAgain(request: IncomingMessage): boolean {
  return (request as Marked).patella?.rerender === true
}

/** What stands for a login: the name of the user in a cookie. */
export function userOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  return /(?:^|; )user=(\w+)/.exec(headers.cookie ?? '')?.[1]
}
