import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Bases } from '../page/bases.ts'
import { createPageRequest } from '../page/dispatch.ts'
import { parseCookies } from '../session/cookie.ts'
import type { Session } from '../session/session.ts'
import type { Marked, OpenSession } from './opened.ts'

/** Whom a request is from: what a plain request and a tab's connection tell alike. */
export interface Visitor {
  readonly scheme: 'http' | 'https'
  /** Host and port, as the browser names them. */
  readonly host: string
  /** The browser's address. */
  readonly address: string | undefined
  readonly cookie: string | undefined
  /** `accept-language` */
  readonly language: string | undefined
  readonly userAgent: string | undefined
}

/** Who asks for a reflex: what a transport knows of a tab, from its upgrade or from the gateway's `env`. */
export interface Caller extends Visitor {
  /** The tab's own id, a secret between it and the server. */
  readonly tab: string
  /** Session id of a validly signed cookie. */
  readonly sid: string | undefined
  /** The host app whose routes render this tab's pages; absent where Patella's own server does. */
  readonly app: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** A proxy takes the base path off, so the app knows its pages without it. */
  readonly stripped: boolean
  /** It reads patches that are written against what it has. */
  readonly deltas?: boolean
  /** What the tab has been sent on its connection; absent where nothing is remembered of it. */
  readonly bases?: Bases | undefined
}

/** The URL of a page, of which path and query are known. Host and path come from the wire: neither changes the other. */
export function pageUrl({ scheme, host }: Visitor, path: string): URL {
  const base = `${scheme}://${host}`
  const url = new URL(host !== '' && URL.canParse(base) ? new URL(base).origin : `${scheme}://localhost`)
  const query = path.indexOf('?')
  url.pathname = query < 0 ? path : path.slice(0, query)
  url.search = query < 0 ? '' : path.slice(query)
  return url
}

/** The GET for a page that this visitor would send. */
export function requestOf({ host, scheme, address, language, userAgent, cookie }: Visitor, url: string) {
  return { url, host, scheme, address, language, userAgent, cookie }
}

/** What `createPatella({ context })` is called with. */
export class ContextSource {
  readonly session: Session
  readonly #visitor: Visitor
  readonly #path: string
  #request: unknown
  #cookies: Readonly<Record<string, string | undefined>> | undefined

  constructor(session: Session, visitor: Visitor, path: string, request?: unknown) {
    this.session = session
    this.#visitor = visitor
    this.#path = path
    this.#request = request
  }

  /**
   * The request as the app's own middleware left it: on a visit the visitor's, for an action the one on which `use` ran
   * (with `use: 'host'` what the host gives its routes: Fastify's request, Koa's and Hono's context). Without `use` a
   * plain GET for the page, with the tab's cookies.
   */
  get request(): any {
    if (this.#request === undefined) {
      const opened: OpenSession = { session: this.session, flash: {}, leave: {} }
      const mark: Marked = { opened }
      this.#request = createPageRequest({ ...requestOf(this.#visitor, this.#path), mark })
    }
    return this.#request
  }

  /** The browser's cookies by name, decoded: those of the request, or of the tab's connection. */
  get cookies(): Readonly<Record<string, string | undefined>> {
    this.#cookies ??= parseCookies(this.#visitor.cookie)
    return this.#cookies
  }

  /** URL of the page. */
  get url(): URL {
    return pageUrl(this.#visitor, this.#path)
  }

  /** The browser's address. */
  get address(): string | undefined {
    return this.#visitor.address
  }

  /** `accept-language` */
  get language(): string | undefined {
    return this.#visitor.language
  }

  get userAgent(): string | undefined {
    return this.#visitor.userAgent
  }
}
