import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { dispatch, type PageResponse, rerenderOf } from '../page/dispatch.ts'
import { createRoutes, type RouteMatch } from '../page/routes.ts'
import type { ContextSource, Visitor } from '../reflex/caller.ts'
import type { ContextData } from '../reflex/context.ts'
import type { Logger } from '../reflex/logger.ts'
import type { PageTurn } from '../reflex/page-morph.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import { errorPage, type PageRenderer, RenderContext, renderRoute } from './pages.ts'
import { openPlainSession, type PlainSession } from './plain-session.ts'
import type { Refuse } from './refusal.ts'

export interface PageSourceOptions {
  readonly sessions: Sessions
  readonly limits: Limits
  readonly logger: Logger
  readonly production: boolean
  readonly basePath: string
  readonly refuse: Refuse
  readonly visitorOf: (request: IncomingMessage) => Visitor
  readonly context: (source: ContextSource) => ContextData | Promise<ContextData>
}

/** Where pages come from: Patella's own renderers and the host app's routes, visited or rendered again. */
export interface PageSource {
  add(path: string, renderer: PageRenderer): void
  /** Remembers the response that belongs to a request, for `session()`. */
  seen(request: IncomingMessage, response: ServerResponse): void
  session(request: IncomingMessage): Promise<Session>
  flash(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>>
  /** A visit to one of Patella's pages; undefined when the URL is none of them. */
  visit(request: IncomingMessage, url: string): Promise<PageResponse> | undefined
  /** Renders a tab's page again: through the host app where there is one, so that its middleware decides. */
  render(turn: PageTurn): Promise<PageResponse>
}

export function createPageSource(options: PageSourceOptions): PageSource {
  const { sessions, limits, logger, basePath } = options
  const routes = createRoutes<PageRenderer>()
  const responses = new WeakMap<IncomingMessage, ServerResponse>()
  const opened = new WeakMap<IncomingMessage, Promise<PlainSession>>()
  const errors = { production: options.production, log: (line: string) => logger.error(`patella: ${line}`) }
  const warnLost = createLostCookieWarning(logger)

  function open(request: IncomingMessage): Promise<PlainSession> {
    const again = rerenderOf(request) as PageTurn | undefined
    if (again !== undefined) return Promise.resolve(again.view)
    let session = opened.get(request)
    if (session === undefined) {
      const response = responses.get(request)
      if (response === undefined) throw new PatellaError('middleware_missing')
      const secure = options.visitorOf(request).scheme === 'https'
      const { refuse } = options
      session = openPlainSession(request, response, { sessions, secure, waitMs: limits.action, refuse })
      opened.set(request, session)
    }
    return session
  }

  function match(url: string): RouteMatch<PageRenderer> | undefined {
    const pathname = url.split('?', 1)[0] as string
    if (basePath === '') return routes.match(pathname)
    const inside = pathname === basePath || pathname.startsWith(`${basePath}/`)
    return inside ? routes.match(pathname.slice(basePath.length) || '/') : undefined
  }

  async function renderOwn(
    { value, params }: RouteMatch<PageRenderer>,
    session: PlainSession,
    locals: Record<string, unknown>,
    visitor: Visitor,
    url: string,
  ): Promise<PageResponse> {
    const ctx = new RenderContext({ opened: session, visitor, url, params, locals })
    return renderRoute(value, ctx.extend(await options.context(ctx)), errors)
  }

  async function throughHost(turn: PageTurn, app: NonNullable<PageTurn['caller']['app']>): Promise<PageResponse> {
    const { caller, url, view, locals, deadline } = turn
    const { host, scheme, address, language, userAgent } = caller
    const cookie = withCookie(caller.cookie, sessions.setCookie(view.sid, false))
    const { signal } = deadline
    const visit = { url, host, scheme, address, language, userAgent, cookie, locals, signal, mark: turn }
    const response = await dispatch(app, { ...visit, limit: limits.page })
    if (!options.production) warnLost(url, response.setCookie)
    return response
  }

  return {
    add: (path, renderer) => routes.add(path, renderer),
    seen: (request, response) => void responses.set(request, response),
    session: async (request) => (await open(request)).session,
    flash: async (request) => (await open(request)).flash,
    visit(request, url) {
      const found = match(url)
      if (found === undefined) return undefined
      const again = rerenderOf(request) as PageTurn | undefined
      const visitor = again?.caller ?? options.visitorOf(request)
      return open(request).then((session) => renderOwn(found, session, again?.locals ?? {}, visitor, url))
    },
    async render(turn) {
      const { caller, url, view, locals } = turn
      if (caller.app !== undefined) return throughHost(turn, caller.app)
      const found = match(url)
      return found === undefined ? errorPage(404, '') : renderOwn(found, view, locals, caller, url)
    },
  }
}

/** The answer to a reflex travels over the cable, which sets no cookies: a line for each that is lost so, once. */
function createLostCookieWarning(logger: Logger): (url: string, setCookies: readonly string[]) => void {
  const lost = new Set<string>()
  return (url, setCookies) => {
    for (const cookie of setCookies) {
      const name = cookie.slice(0, cookie.indexOf('='))
      if (lost.has(name) || lost.size >= 100) continue
      lost.add(name)
      logger.warn(
        `patella: rendering ${url} again set the cookie ${JSON.stringify(name)}, which a reflex cannot bring to the ` +
          'browser. Set it on visits alone, or keep the value in the session.',
      )
    }
  }
}

/** The cookies of the upgrade with the session's present one: an action may have changed its id. */
function withCookie(header: string | undefined, setCookie: string): string {
  const pair = setCookie.split(';', 1)[0] as string
  const name = pair.slice(0, pair.indexOf('=') + 1)
  const others = (header ?? '').split(/; */).filter((other) => other !== '' && !other.startsWith(name))
  return [...others, pair].join('; ')
}
