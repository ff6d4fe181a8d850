import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { PageResponse } from '../page/dispatch.ts'
import type { Visitor } from '../reflex/caller.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Assets } from './assets.ts'
import { answerQuiet } from './quiet.ts'
import type { Refuse } from './refusal.ts'

/** A middleware of Connect's kind: Express, Connect, Polka, or plain `node:http` with a `next` of one's own. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

export interface HandlerOptions {
  /** Where Patella's own routes are: `/patella`. */
  readonly path: string
  readonly assets: Assets
  readonly sessions: Sessions
  readonly limits: Limits
  readonly refuse: Refuse
  readonly visitorOf: (request: IncomingMessage) => Visitor
  /** Told of each request that passes, before anything else. */
  readonly seen: (request: IncomingMessage, response: ServerResponse) => void
  /** The page at this URL, when Patella has one; its headers go out with the session's. */
  readonly page: (request: IncomingMessage, url: string) => Promise<PageResponse> | undefined
}

/** Answers what is Patella's own, its routes and its pages, and hands everything else on. */
export function createHandler(options: HandlerOptions): Middleware {
  const { path, assets } = options

  return function patella(request, response, next) {
    options.seen(request, response)
    // Express takes the mount path off `url` and keeps the whole in `originalUrl`.
    const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/'
    const pathname = url.split('?', 1)[0] as string
    const answered = pathname.startsWith(`${path}/`)
      ? own(pathname.slice(path.length + 1), request, response)
      : visit(url)
    if (answered === undefined) return next()
    answered.catch((error: unknown) => sendRefusal(response, error))

    function visit(visited: string): Promise<void> | undefined {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
      return options.page(request, visited)?.then((page) => sendPage(request, response, page))
    }
  }

  async function own(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (name === 'session') {
      const visitor = options.visitorOf(request)
      return answerQuiet(request, response, { sessions: options.sessions, visitor, limit: options.limits.body })
    }
    if (name === 'cable') {
      response.setHeader('upgrade', 'websocket')
      throw new PatellaError('upgrade_required')
    }
    if (!assets.serve(name, request, response)) notFound(response)
  }

  function sendRefusal(response: ServerResponse, error: unknown): void {
    const { status, text } = options.refuse(error)
    if (response.headersSent) response.destroy()
    else response.writeHead(status, plain).end(text)
  }
}

/** For what neither Patella nor an app behind it has. */
export function notFound(response: ServerResponse): void {
  response.writeHead(404, plain).end('Not Found\n')
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }

function sendPage(request: IncomingMessage, response: ServerResponse, page: PageResponse): void {
  for (const [name, value] of Object.entries(page.headers)) if (value !== undefined) response.setHeader(name, value)
  for (const cookie of page.setCookie) response.appendHeader('set-cookie', cookie)
  response.statusCode = page.status
  response.end(request.method === 'HEAD' ? undefined : page.body)
}
