import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Session } from '../session/session.ts'

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

/** What `createPatella({ context })` is called with. */
export class ContextSource {
  readonly session: Session
  readonly #visitor: Visitor
  readonly #path: string

  constructor(session: Session, visitor: Visitor, path: string) {
    this.session = session
    this.#visitor = visitor
    this.#path = path
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
