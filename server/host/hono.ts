import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { headersOf } from './answer.ts'
import type { Front } from './front.ts'

/** `c` is Hono's context; its types are the app's own. */
export type HonoMiddleware = (c: any, next: () => Promise<void>) => Promise<any>

/** The middleware for Hono 4 on `@hono/node-server`: `app.use(patella.hono())`. */
export function createHonoMiddleware(front: Front): HonoMiddleware {
  return async function patella(c, next) {
    const { incoming, outgoing } = (c.env ?? {}) as { incoming?: IncomingMessage; outgoing?: ServerResponse }
    if (incoming === undefined || outgoing === undefined) throw new PatellaError('node_server_missing')
    const answer = await front({
      request: incoming,
      response: outgoing,
      native: c,
      locals(values) {
        for (const [name, value] of Object.entries(values)) c.set(name, value)
      },
    })
    if (answer === undefined) return next()
    // How @hono/node-server is told so (its `RESPONSE_ALREADY_SENT`).
    if (answer === 'sent') return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
    const headers = headersOf(answer).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    )
    const body = answer.status === 204 || answer.status === 304 || answer.status === 303 ? null : answer.body
    for (const [name, value] of headers) c.header(name, value, { append: name === 'set-cookie' })
    return c.newResponse(body, answer.status)
  }
}
