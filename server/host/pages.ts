import { STATUS_CODES } from 'node:http'
import type { PageResponse } from '../page/dispatch.ts'
import { type Html, html, htmlText } from '../page/html.ts'
import type { RouteParams } from '../page/routes.ts'
import { ContextSource, type Visitor } from '../reflex/caller.ts'
import type { ContextData } from '../reflex/context.ts'
import type { OpenSession } from '../reflex/opened.ts'

/** What a page's renderer is called with; the keys of `createPatella({ context })` are on it as well. */
export type PageContext = BasePageContext & ContextData

interface BasePageContext extends ContextSource {
  /** What `createPatella({ context })` returned for this request. */
  readonly context: ContextData
  /** What the action before this render left for it; empty on a first visit. */
  readonly locals: Readonly<Record<string, unknown>>
  /** What an earlier action left for the next page. */
  readonly flash: Readonly<Record<string, unknown>>
  /** Route parameters, decoded. */
  readonly params: RouteParams
}

/** A page: HTML as a string or from any template engine, or a whole `Response` for a status and headers of its own. */
export type PageRenderer = (ctx: PageContext) => string | Html | Response | Promise<string | Html | Response>

export interface PageParts {
  readonly opened: OpenSession
  readonly visitor: Visitor
  /** Path and query. */
  readonly url: string
  readonly params: RouteParams
  readonly locals: Record<string, unknown>
  /** What `ctx.request` is. */
  readonly request?: unknown
}

/** A page's context; `extend` puts the app's own on it. */
export class RenderContext extends ContextSource implements BasePageContext {
  readonly params: RouteParams
  readonly locals: Record<string, unknown>
  context: ContextData = {}
  readonly #opened: OpenSession

  constructor({ opened, visitor, url, params, locals, request }: PageParts) {
    super(opened.session, visitor, url, request)
    this.#opened = opened
    this.params = params
    this.locals = locals
  }

  /** Read when asked for: what was read is taken away. */
  get flash(): Readonly<Record<string, unknown>> {
    return this.#opened.flash
  }

  extend(context: ContextData): PageContext {
    this.context = context
    for (const [key, value] of Object.entries(context)) Object.defineProperty(this, key, { value, enumerable: true })
    return this
  }
}

/** Runs a renderer; what it throws becomes a 500, with the stack in development only. */
export async function renderRoute(
  renderer: PageRenderer,
  ctx: PageContext,
  options: PageErrors,
): Promise<PageResponse> {
  try {
    const result = await renderer(ctx)
    if (result instanceof Response) return await fromResponse(result)
    const body = htmlText(result, `the page ${ctx.url.pathname}`)
    return { status: 200, headers: { ...htmlHeaders }, body, setCookie: [] }
  } catch (error) {
    const stack = String((error as Error | undefined)?.stack ?? error)
    options.log(`rendering ${ctx.url.pathname} failed: ${stack}`)
    return errorPage(500, options.production ? '' : stack)
  }
}

export interface PageErrors {
  readonly production: boolean
  readonly log: (line: string) => void
}

// Not no-store, which would keep the page out of the back/forward cache.
const htmlHeaders = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache' }

/** A small page for an error, in plain words. */
export function errorPage(status: number, detail: string): PageResponse {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`
  const body = html`<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><pre>${detail}</pre></html>`
  return { status, headers: { ...htmlHeaders }, body: String(body), setCookie: [] }
}

async function fromResponse(response: Response): Promise<PageResponse> {
  const headers: PageResponse['headers'] = { ...Object.fromEntries(response.headers), 'set-cookie': undefined }
  headers['content-type'] ??= 'text/html; charset=utf-8'
  return { status: response.status, headers, body: await response.text(), setCookie: response.headers.getSetCookie() }
}
