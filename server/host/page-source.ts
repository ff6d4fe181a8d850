import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { dispatch, markOf, type PageResponse } from '../page/dispatch.ts'
import { createRoutes, type RouteMatch } from '../page/routes.ts'
import { type ContextSource, requestOf, type Visitor } from '../reflex/caller.ts'
import type { ContextData } from '../reflex/context.ts'
import type { Logger } from '../reflex/logger.ts'
import type { Marked, OpenSession } from '../reflex/opened.ts'
import type { PageTurn } from '../reflex/page-morph.ts'
import { withCookies } from '../reflex/set-cookie.ts'
import type { Sessions } from '../session/sessions.ts'
import type { BasePath } from './base-path.ts'
import { errorPage, type PageRenderer, RenderContext, renderRoute } from './pages.ts'
import { openPlainSession, type PlainSession } from './plain-session.ts'
import type { Refuse } from './refusal.ts'

export interface PageSourceOptions {
  readonly sessions: Sessions
  readonly limits: Limits
  readonly logger: Logger
  readonly production: boolean
  readonly basePath: BasePath
  readonly refuse: Refuse
  readonly visitorOf: (request: IncomingMessage) => Visitor
  readonly context: (source: ContextSource) => ContextData | Promise<ContextData>
  /** Middleware that a page of Patella's own is rendered behind; as for actions. */
  readonly use: RequestListener | undefined
}

/** Where pages come from: Patella's own renderers and the host app's routes, visited or rendered again. */
export interface PageSource {
  add(path: string, renderer: PageRenderer): void
  /** Remembers the response that belongs to a request, for `open()`. */
  seen(request: IncomingMessage, response: ServerResponse): void
  /** The session of a request, one for all who ask. */
  open(request: IncomingMessage): Promise<OpenSession>
  /** As `open`, for a request that a browser sent. `hold` as in `openPlainSession`, for who asks first. */
  openPlain(request: IncomingMessage, hold?: boolean): Promise<PlainSession>
  /** A visit to one of Patella's pages; undefined when the URL is none of them, `'sent'` when `use` answered it. */
  visit(
    request: IncomingMessage,
    response: ServerResponse,
    url: string,
    locals: Locals,
  ): Promise<PageResponse | 'sent'> | undefined
  /** Renders a tab's page again: through the host app where there is one, so that its middleware decides. */
  render(turn: PageTurn): Promise<PageResponse>
}

type Locals = Record<string, unknown>

export function createPageSource(options: PageSourceOptions): PageSource {
  const { sessions, limits, logger, basePath } = options
  const routes = createRoutes<PageRenderer>()
  const responses = new WeakMap<IncomingMessage, ServerResponse>()
  const opened = new WeakMap<IncomingMessage, Promise<PlainSession>>()
  const errors = { production: options.production, log: (line: string) => logger.error(line) }

  function openPlain(request: IncomingMessage, hold?: boolean): Promise<PlainSession> {
    let session = opened.get(request)
    if (session === undefined) {
      const response = responses.get(request)
      if (response === undefined) throw new PatellaError('middleware_missing')
      const secure = options.visitorOf(request).scheme === 'https'
      const { refuse } = options
      session = openPlainSession(request, response, { sessions, secure, waitMs: limits.action, refuse, hold })
      opened.set(request, session)
    }
    return session
  }

  function match(url: string): RouteMatch<PageRenderer> | undefined {
    const inside = basePath.inside(url)
    return inside === undefined ? undefined : routes.match(inside.split('?', 1)[0] as string)
  }

  async function renderOwn(found: RouteMatch<PageRenderer>, parts: Omit<RenderParts, 'params'>): Promise<PageResponse> {
    const ctx = new RenderContext({ ...parts, params: found.params })
    return renderRoute(found.value, ctx.extend(await options.context(ctx)), errors)
  }

  async function throughHost(turn: PageTurn, app: RequestListener): Promise<PageResponse> {
    const { caller, locals, deadline, view } = turn
    const url = caller.stripped ? basePath.inside(turn.url) : turn.url
    if (url === undefined) return errorPage(404, '')
    // Not always that of the upgrade: an action may have changed the session's id.
    const cookie = withCookies(caller.cookie, [sessions.setCookie(view.sid, false)])
    const limits = { signal: deadline.signal, limit: options.limits.page }
    return dispatch(app, { ...requestOf(caller, url), cookie, locals, ...limits, mark: turn })
  }

  return {
    add: (path, renderer) => routes.add(path, renderer),
    seen: (request, response) => void responses.set(request, response),
    async open(request) {
      const mark = markOf(request) as Marked | undefined
      return mark?.opened ?? openPlain(request)
    },
    openPlain,
    visit(request, response, url, locals) {
      const found = match(url)
      if (found === undefined) return undefined
      const again = markOf(request) as PageTurn | undefined
      const visitor = again?.caller ?? options.visitorOf(request)
      return render()

      async function render(): Promise<PageResponse | 'sent'> {
        await options.use?.(request, response)
        if (response.writableEnded) return 'sent'
        const session = again?.opened ?? (await openPlain(request))
        return renderOwn(found as RouteMatch<PageRenderer>, { opened: session, visitor, url, locals, request })
      }
    },
    async render(turn) {
      const { caller, url, opened, locals } = turn
      if (caller.app !== undefined) return throughHost(turn, caller.app)
      const found = match(url)
      return found === undefined ? errorPage(404, '') : renderOwn(found, { opened, visitor: caller, url, locals })
    },
  }
}

type RenderParts = ConstructorParameters<typeof RenderContext>[0]
