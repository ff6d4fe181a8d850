import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Forwarded } from './visitor.ts'

/** A plain request, as an adapter hands it in. */
export interface Received {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Path and query before the host took a mount path off. */
  readonly url?: string | undefined
  /** What the host gives its own routes: Express's request, Fastify's, Koa's and Hono's context. */
  readonly native: object
  /** The body of a POST, where middleware before Patella has read it and the host keeps it apart from Node's request. */
  readonly body?: (() => unknown) | undefined
  /** Reads the host's own setting for proxies; absent where it has none. */
  readonly forwarded?: (() => Forwarded | undefined) | undefined
  /** Puts locals where the host's templates look for them. */
  locals(values: Record<string, unknown>): void
}
