import type { Reflex } from '../../reflex/define.ts'
import type { SessionStore } from '../../session/store.ts'
import type { Middleware } from '../middleware.ts'

/** What a host under test has to serve: paths are behind the one at which the app is mounted. */
export const hostRoutes = {
  page: 'GET /page: hostPage(session, locals)',
  guarded: 'GET /guarded: 401 unless session.user, else the page',
  redirect: 'GET /redirect: 302 to /page of the app',
  broken: 'GET /broken: throws an error whose message holds "canary"',
  json: 'GET /json: application/json',
  stream: 'GET /stream: the page, written in two parts',
  cookie: 'GET /cookie: the page, with Set-Cookie: seen=1',
  order: 'GET /order: the page, its main holding the header x-first that middleware before Patella set on the response',
  language: 'GET /language: the page, its main holding the request’s accept-language',
  etag: 'GET /etag: the page with an ETag, and 304 when if-none-match names it; by the host’s own means',
  script: 'GET /script: the page, with patella.scriptTag() in its head, by the nonce of part `csp` if that is there',
  form: 'GET /form: the page, its main holding patella.action("counter#increment", { page }) and, after a blank, the same of "counter#note"; page is that of the app',
  flash: 'GET /flash: the page, its main holding flash.notice or "none"',
  notice: 'POST /notice: flash.notice = "saved", 303 to /flash of the app',
  own: 'patella.page("/own") beside the host’s routes: the page, as a Response with set-cookie: seen=1',
  count: 'POST /count: adds 1 to session.count, answers 204',
  login: 'POST /login: session.user = "ann", session.regenerate(), answers 204',
  body: 'POST /body: answers the JSON that it was sent, as JSON; needs part `parser`, unless the host reads bodies by itself',
} as const

export type HostRoute = keyof typeof hostRoutes

/** What a row may ask for besides: of the host's ecosystem, mounted before Patella unless the setup says after. */
export const hostParts = {
  compression: 'compresses every answer, however small',
  csp: 'a Content-Security-Policy with a nonce, another one for each request',
  logger:
    'logs each request, by `log`: a line with its path, that begins with "again " where request.patella.rerender is true',
  parser: 'reads bodies of JSON and urlencoded ones',
  limiter: 'answers 429 from a visitor’s ninth request on; does not count those whose request.patella.rerender is true',
  user: 'finds the name of the user in the cookie `user`, and puts it where the host’s routes look for it',
  trust: 'believes forwarded headers, by the host’s own setting, or by createPatella({ trustProxy }) where it has none',
  echo: 'a WebSocket server of the app’s own on /echo, wherever the app is mounted, that says what it hears',
  beside: 'several apps, each with a Patella of its own, on one server',
  going: 'goes on answering plain requests while Patella closes',
} as const

export type HostPart = keyof typeof hostParts

/** How an app is to be started for a row. */
export interface HostSetup {
  /** For `createPatella`, with a secret of 32 characters. */
  readonly options: {
    readonly reflexes: readonly Reflex<string, any>[]
    readonly logger: false
    readonly basePath?: string
    readonly use?: 'host' | readonly Middleware[]
    readonly session?: { readonly cookie?: { readonly domain: string }; readonly store?: SessionStore }
  }
  /** Where the outermost app mounts an app with the routes: '' at the root. Each has a Patella of its own, with that `basePath`. */
  readonly mounts: readonly string[]
  readonly before: readonly HostPart[]
  /** After Patella, before the routes. */
  readonly after: readonly HostPart[]
  /** Whether part `echo` is wanted. */
  readonly echo: boolean
  /** True: `patella.attach(server)` is called before anything arrives; false: Patella is left to find its server. */
  readonly attach: boolean
  /** Where part `logger` writes. */
  log(line: string): void
}

export interface HostUnderTest {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** Calls `patella.close()` and nothing else. */
  drain(): Promise<void>
  /** Closes as its users do: Fastify's `app.close()`, elsewhere `server.close()`. Resolves when that has. */
  close(): Promise<void>
}

/** A host, as an implementation of the routes and parts in its own style. */
export interface HostKit {
  readonly name: string
  /** The routes and parts that it has not, each with the reason: rows that need them are left out. */
  readonly without: Readonly<Partial<Record<HostRoute | HostPart, string>>>
  /** Those that it has not where an outer app mounts it. */
  readonly withoutMounted?: Readonly<Partial<Record<HostRoute | HostPart, string>>>
  start(setup: HostSetup): Promise<HostUnderTest>
}
