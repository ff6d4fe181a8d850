import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { markOf } from '../page/dispatch.ts'
import { headersOf } from './answer.ts'
import { Gate } from './entering.ts'
import type { Front } from './front.ts'
import type { Forwarded } from './visitor.ts'

/** The part of Fastify 5 that is used here, so that the package needs none of its types. */
interface FastifyInstance {
  server: Server
  addHook(name: 'onRequest', hook: (request: any, reply: any) => Promise<unknown>): unknown
  addHook(name: 'onReady' | 'preClose', hook: () => Promise<void>): unknown
  get(path: string, options: object, handler: Handler): unknown
  all(path: string, options: object, handler: Handler): unknown
}

type Handler = (request: any, reply: any) => Promise<unknown>

export type FastifyPlugin = (app: any, options: unknown, done: (error?: Error) => void) => void

export interface FastifyPluginOptions {
  readonly front: Front
  /** The paths at which `use: 'host'` meets the action, with the base path and without, beside Patella's other routes. */
  readonly gates: readonly string[]
  /** With `use: 'host'` the app's hooks run before the action of a form. */
  readonly hooksFirst: boolean
  attach(server: Server): void
  close(): Promise<void>
}

/** The plugin for Fastify 5: `app.register(patella.fastify())`. */
export function createFastifyPlugin({ front, gates, hooksFirst, attach, close }: FastifyPluginOptions): FastifyPlugin {
  async function receive(request: any, reply: any): Promise<unknown> {
    const answer = await front({
      request: request.raw as IncomingMessage,
      response: reply.raw as ServerResponse,
      native: request,
      forwarded: () => forwardedBy(Object.getPrototypeOf(request)),
      locals(values) {
        reply.locals = { ...reply.locals, ...values }
      },
    })
    if (answer === undefined) return undefined
    if (answer === 'sent' || answer === 'undone') return reply.hijack()
    for (const [name, value] of headersOf(answer)) reply.header(name, value)
    return reply.code(answer.status).send(answer.status === 204 || answer.status === 304 ? undefined : answer.body)
  }

  const actions = gates.map((path) => path.replace(/\w+$/, 'action/'))

  const plugin: FastifyPlugin = (app: FastifyInstance, _options, done) => {
    const isLate = ({ raw }: any) =>
      markOf(raw) instanceof Gate ||
      (hooksFirst && raw.method === 'POST' && actions.some((at) => raw.url.startsWith(at)))
    app.addHook('onRequest', async (request, reply) => (isLate(request) ? undefined : receive(request, reply)))
    // Routes of their own, for whose sake all of the app's hooks run first: those of sessions and logins.
    for (const path of gates) app.get(path, { schema: { hide: true } }, receive)
    // Below a prefix, or in a scope of its own, the hook sees the requests of that scope's routes alone.
    for (const path of gates)
      app.all(path.replace(/\w+$/, '*'), { schema: { hide: true }, preParsing: unread }, receive)
    app.addHook('onReady', async () => attach(app.server))
    app.addHook('preClose', close)
    done()
  }
  // What fastify-plugin does: the hooks are the app's, not a scope's of their own.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'patella',
    [Symbol.for('plugin-meta')]: { name: 'patella', fastify: '5.x' },
  })
}

/** Patella reads bodies itself, by the headers of Node's request; Fastify is to see a request that has none. */
async function unread(request: any): Promise<void> {
  request.headers = { 'content-type': undefined, 'content-length': undefined, 'transfer-encoding': undefined }
}

/** Fastify's getters, on a request that has not passed through it: an upgrade. */
function forwardedBy(prototype: object): Forwarded {
  return (raw) => Object.create(prototype, { raw: { value: raw } })
}
