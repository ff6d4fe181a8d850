import type { IncomingMessage, ServerResponse } from 'node:http'

/** Who asks: what a transport knows of a tab, from its upgrade or from the gateway's `env`. */
export interface Caller {
  /** The tab's own id, a secret between it and the server. */
  readonly tab: string
  /** Session id of a validly signed cookie. */
  readonly sid: string | undefined
  readonly cookie: string | undefined
  readonly scheme: 'http' | 'https'
  /** Host and port, as the browser names them. */
  readonly host: string
  /** The browser's address. */
  readonly address: string | undefined
  readonly language: string | undefined
  readonly userAgent: string | undefined
  /** The host app whose routes render this tab's pages; absent where Patella's own server does. */
  readonly app: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Path and query of the page that the tab shows. */
  readonly url: string
}
