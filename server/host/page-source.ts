import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { dispatch, type PageResponse, rerenderOf } from '../page/dispatch.ts'
import { createRoutes } from '../page/routes.ts'
import type { PageTurn } from '../reflex/answer.ts'
import type { Caller } from '../reflex/caller.ts'
import type { ContextData } from '../reflex/context.ts'
import type { Logger } from '../reflex/logger.ts'
import type { Session } from '../session/session.ts'
import type { Sessions, SessionView } from '../session/sessions.ts'
import type { Whence } from './forwarded.ts'
import { errorPage, type PageContext, type PageRenderer, renderRoute } from './pages.ts'
import { openPlainSession, type PlainSession } from './plain-session.ts'

export interface PagesOptions {
  readonly sessions: Sessions
  readonly limits: Limits
  readonly logger: Logger
  readonly production: boolean
  readonly basePath: string
  readonly whence: (request: IncomingMessage) => Whence
  readonly context: (source: {
    readonly session: Session
    readonly url: URL
    readonly address: string | undefined
    readonly language: string | undefined
    readonly userAgent: string | undefined
  }) => ContextData | Promise<ContextData>
}

/** Where pages come from: Patella's own renderers and the host app's routes, visited or rendered again. */
export interface Pages {
  add(path: string, renderer: PageRenderer): void
  /** Remembers the response that belongs to a request, for `session()`. */
  seen(request: IncomingMessage, response: ServerResponse): void
  session(request: IncomingMessage): Promise<Session>
  flash(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>>
  /** A visit to one of Patella's pages; undefined when the URL is none of them. */
  visit(request: IncomingMessage, response: ServerResponse, url: string): Promise<PageResponse> | undefined
  /** Renders a tab's page again: through the host app where there is one, so that its middleware decides. */
  render(turn: PageTurn): Promise<PageResponse>
  contextOf(session: Session, caller: Caller): ContextData | Promise<ContextData>
}

/** What a request that `render` sends into the host app carries for us. */
interface Mark {
  readonly view: SessionView
  readonly locals: Record<string, unknown>
  readonly caller: Caller
}

export function createPages(options: PagesOptions): Pages {
  const { sessions, limits } = options
  const routes = createRoutes<PageRenderer>()
  const responses = new WeakMap<IncomingMessage, ServerResponse>()
  const plain = new WeakMap<IncomingMessage, Promise<PlainSession>>()
  const lost = new Set<string>()
  const errors = { production: options.production, log: (line: string) => options.logger.error(`patella: ${line}`) }

  function open(request: IncomingMessage): Promise<PlainSession> {
    const mark = rerenderOf(request) as Mark | undefined
    if (mark !== undefined) return Promise.resolve(mark.view)
    let opened = plain.get(request)
    if (opened === undefined) {
      const response = responses.get(request)
      if (response === undefined) throw new PatellaError('middleware_missing')
      const secure = options.whence(request).scheme === 'https'
      opened = openPlainSession(request, response, { sessions, secure, waitMs: limits.action })
      plain.set(request, opened)
    }
    return opened
  }

  /** Each once: the answer to a reflex travels over the cable, which sets no cookies. */
  function warnLost(url: string, cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const name = cookie.slice(0, cookie.indexOf('='))
      if (lost.has(name) || lost.size >= 100) continue
      lost.add(name)
      options.logger.warn(
        `patella: rendering ${url} again set the cookie ${JSON.stringify(name)}, which a reflex cannot bring to the browser. ` +
          'Set it on visits alone, or keep the value in the session.',
      )
    }
  }

  function contextOf(
    session: Session,
    { scheme, host, url, address, language, userAgent }: Omit<Caller, 'tab' | 'sid' | 'app'>,
  ) {
    return options.context({ session, url: new URL(url, `${scheme}://${host}`), address, language, userAgent })
  }

  function match(url: string) {
    const pathname = url.split('?', 1)[0] as string
    const { basePath } = options
    if (basePath === '') return routes.match(pathname)
    const inside = pathname === basePath || pathname.startsWith(`${basePath}/`)
    return inside ? routes.match(pathname.slice(basePath.length) || '/') : undefined
  }

  async function renderOwn(
    found: NonNullable<ReturnType<typeof match>>,
    opened: PlainSession,
    locals: Record<string, unknown>,
    caller: Omit<Caller, 'tab' | 'sid' | 'app'>,
  ): Promise<PageResponse> {
    const context = await contextOf(opened.session, caller)
    const base = {
      session: opened.session,
      context,
      locals,
      get flash() {
        return opened.flash
      },
      params: found.params,
      address: caller.address,
      language: caller.language,
      userAgent: caller.userAgent,
      url: new URL(caller.url, `${caller.scheme}://${caller.host}`),
    }
    return renderRoute(
      found.value,
      Object.defineProperties({ ...context }, Object.getOwnPropertyDescriptors(base)) as PageContext,
      errors,
    )
  }

  return {
    add: (path, renderer) => routes.add(path, renderer),
    seen: (request, response) => void responses.set(request, response),
    session: async (request) => (await open(request)).session,
    flash: async (request) => (await open(request)).flash,
    visit(request, _response, url) {
      const found = match(url)
      if (found === undefined) return undefined
      const mark = rerenderOf(request) as Mark | undefined
      const { 'accept-language': language, 'user-agent': userAgent, cookie } = request.headers
      const caller = mark?.caller ?? { ...options.whence(request), url, language, userAgent, cookie }
      return open(request).then((opened) => renderOwn(found, opened, mark?.locals ?? {}, caller))
    },
    async render({ caller, view, locals, signal }) {
      if (caller.app === undefined) {
        const found = match(caller.url)
        return found === undefined ? errorPage(404, '') : renderOwn(found, view, locals, caller)
      }
      const mark: Mark = { view, locals, caller }
      const { url, host, scheme, address, language, userAgent } = caller
      const cookie = withCookie(caller.cookie, sessions.setCookie(view.sid, false))
      const page = { url, host, scheme, address, language, userAgent, cookie, locals, signal, mark, limit: limits.page }
      const response = await dispatch(caller.app, page)
      if (!options.production && response.setCookie.length > 0) warnLost(url, response.setCookie)
      return response
    },
    contextOf,
  }
}

/** The cookies of the upgrade with the session's present one: an action may have changed its id. */
function withCookie(header: string | undefined, setCookie: string): string {
  const pair = setCookie.split(';', 1)[0] as string
  const name = pair.slice(0, pair.indexOf('=') + 1)
  const others = (header ?? '').split(/; */).filter((other) => other !== '' && !other.startsWith(name))
  return [...others, pair].join('; ')
}
