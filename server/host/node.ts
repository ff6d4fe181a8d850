import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { PageResponse } from '../page/dispatch.ts'
import type { Logger } from '../reflex/logger.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Assets } from './assets.ts'
import type { Whence } from './forwarded.ts'
import { answerQuiet } from './quiet.ts'

/** A middleware of Connect's kind: Express, Connect, Polka, or plain `node:http` with a `next` of one's own. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

export interface HandlerOptions {
  /** Where Patella's own routes are: `/patella`. */
  readonly path: string
  readonly assets: Assets
  readonly sessions: Sessions
  readonly limits: Limits
  readonly logger: Logger
  readonly whence: (request: IncomingMessage) => Whence
  /** Told of each request that passes, before anything else. */
  readonly seen: (request: IncomingMessage, response: ServerResponse) => void
  /** The page at this URL, when Patella has one; its headers go out with the session's. */
  readonly page: (request: IncomingMessage, response: ServerResponse, url: string) => Promise<PageResponse> | undefined
}

/** Answers what is Patella's own, its routes and its pages, and hands everything else on. */
export function createHandler(options: HandlerOptions): Middleware {
  const { path, assets, logger } = options

  return function patella(request, response, next) {
    options.seen(request, response)
    // Express takes the mount path off `url` and keeps the whole in `originalUrl`.
    const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/'
    const pathname = url.split('?', 1)[0] as string
    const answered = pathname.startsWith(`${path}/`)
      ? own(pathname.slice(path.length + 1), request, response)
      : visit(url)
    if (answered === undefined) return next()
    answered.catch((error: unknown) => refuse(response, error, logger))

    function visit(visited: string): Promise<void> | undefined {
      if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
      return options.page(request, response, visited)?.then((page) => sendPage(request, response, page))
    }
  }

  async function own(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (name === 'session') {
      const whence = options.whence(request)
      return answerQuiet(request, response, { sessions: options.sessions, whence, limit: options.limits.body })
    }
    if (name === 'cable') {
      response.setHeader('upgrade', 'websocket')
      throw new PatellaError('upgrade_required')
    }
    if (!assets.serve(name, request, response)) response.writeHead(404, plain).end('Not Found\n')
  }
}

const plain = { 'content-type': 'text/plain; charset=utf-8' }

function sendPage(request: IncomingMessage, response: ServerResponse, page: PageResponse): void {
  for (const [name, value] of Object.entries(page.headers)) if (value !== undefined) response.setHeader(name, value)
  for (const cookie of page.setCookie) response.appendHeader('set-cookie', cookie)
  response.statusCode = page.status
  response.end(request.method === 'HEAD' ? undefined : page.body)
}

function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  const known = error instanceof PatellaError
  if (!known) logger.error(`patella: ${String((error as Error | undefined)?.stack ?? error)}`)
  if (response.headersSent) return void response.destroy()
  response.writeHead(known ? error.status : 500, plain)
  response.end(known ? `${error.code}: ${error.message}\n` : 'Internal Server Error\n')
}
