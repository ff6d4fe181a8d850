import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { headersOf } from './answer.ts'
import { ActionUndone } from './entering.ts'
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
      body: () => (incoming.readableDidRead ? bodyOf(c) : undefined),
      locals(values) {
        for (const [name, value] of Object.entries(values)) c.set(name, value)
      },
    })
    if (answer === undefined) return next()
    if (answer === 'undone') throw new ActionUndone()
    if (answer === 'sent') return alreadySent(outgoing)
    const headers = headersOf(answer).flatMap(([name, value]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    )
    const body = answer.status === 204 || answer.status === 304 || answer.status === 303 ? null : answer.body
    for (const [name, value] of headers) c.header(name, value, { append: name === 'set-cookie' })
    return c.newResponse(body, answer.status)
  }
}

/** Hono keeps what was read, the form apart from the text. */
async function bodyOf({ req }: any): Promise<string> {
  const { formData } = req.bodyCache
  return formData === undefined ? req.text() : String(new URLSearchParams([...(await formData)]))
}

/**
 * Stands for an answer that is out. @hono/node-server would write it once more: the header by which it is told not to is
 * lost where its light Response, another middleware or a HEAD makes a new response of this one.
 */
function alreadySent(outgoing: ServerResponse): Response {
  Object.assign(outgoing, { writeHead: () => outgoing, end: () => outgoing })
  return new Response(null, { status: outgoing.statusCode })
}
