import { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'

/** A request as a route has it: Node's or Express's, Fastify's, Koa's context, Hono's context. */
export type NativeRequest = IncomingMessage | { raw: IncomingMessage } | { req: IncomingMessage } | { env: any }

/** Node's request behind a host's. @throws middleware_missing where there is none */
export function rawRequest(native: NativeRequest): IncomingMessage {
  if (native instanceof IncomingMessage) return native
  const { raw, req, env } = native as { raw?: unknown; req?: unknown; env?: { incoming?: unknown } }
  for (const request of [raw, req, env?.incoming]) if (request instanceof IncomingMessage) return request
  throw new PatellaError('middleware_missing')
}
