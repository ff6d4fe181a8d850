import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { PatellaError } from '../protocol/errors.ts'
import type { Limits } from '../protocol/limits.ts'
import { claimUpgrades } from './cable/claim.ts'
import { createEndpoint } from './cable/endpoint.ts'
import { createReflexChannel } from './cable/reflex-channel.ts'
import { createAssets } from './host/assets.ts'
import { visitorOf } from './host/forwarded.ts'
import { listen } from './host/listen.ts'
import { createHandler, type Middleware, notFound } from './host/node.ts'
import { createPageSource } from './host/page-source.ts'
import type { PageRenderer } from './host/pages.ts'
import { createRefuse } from './host/refusal.ts'
import { type PatellaOptions, readOptions, readSecrets } from './options.ts'
import { createRegistry, type Registry } from './reflex/registry.ts'
import { createRunner } from './reflex/run.ts'
import { developmentState } from './session/development.ts'
import type { Session } from './session/session.ts'
import { createSessions } from './session/sessions.ts'

export interface Patella {
  /**
   * Declares a page: what it renders for a GET, and again after a reflex. `path` may hold parameters, as in Express 5:
   * `/posts/:id`, `/files/*path`.
   */
  page(path: string, renderer: PageRenderer): Patella
  /**
   * The session of a plain request that came through Patella's middleware. A GET holds nothing and merges the
   * top-level keys that it changed; any other method holds the session until its headers go out.
   *
   * @throws session_closed when it is written to after that
   */
  session(request: IncomingMessage): Promise<Session>
  /** What an earlier action left for this page by `flash`; reading a key takes it away. */
  flash(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>>
  /** Answers Patella's own routes and pages, else calls `next`: for `node:http`. */
  handle(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void
  /** The middleware for Express 5: `app.use(patella.express())`, before the app's own routes. */
  express(): Middleware
  /**
   * Takes the cable's upgrades on a server; other WebSocket servers on it are left alone. Pages are rendered again through
   * `app`, the server's own listener by default. Returns what undoes it. The middleware does this by itself with
   * the server of the first request it sees.
   */
  attach(server: Server, options?: { app?: RequestListener }): () => void
  /** Serves pages and cable on a server of its own; resolves once it listens. @throws port_taken */
  listen(port: number, host?: string): Promise<Server>
  /** Stops accepting, finishes what runs, tells the tabs to come back, closes what Patella opened. Idempotent. */
  close(): Promise<void>
}

/**
 * @example
 * const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
 * patella.page('/counter', ({ session }) => html`<main id="main" data-reflex-root>${session.count ?? 0}</main>`)
 * await patella.listen(3000)
 */
export function createPatella(options: PatellaOptions = {}): Patella {
  const settings = readOptions(options)
  const { path, limits, logger, production } = settings
  const state = production ? undefined : developmentState()
  const secrets = readSecrets(options, settings, () => state?.secret ?? randomBytes(32).toString('hex'))
  const registry = createRegistry(options.reflexes ?? [], limits.action)
  const sessions = createSessions({
    ...options.session,
    state,
    secrets,
    production,
    logger,
    leaseMs: leaseFor(registry, limits),
    basePath: settings.basePath,
  })
  const visitor = (request: IncomingMessage) => visitorOf(request, settings.trustProxy)
  const context = options.context ?? (() => ({}))
  const refuse = createRefuse(production, logger)
  const { basePath } = settings
  const pages = createPageSource({
    sessions,
    limits,
    logger,
    production,
    basePath,
    refuse,
    visitorOf: visitor,
    context,
  })
  const run = createRunner({ registry, sessions, limits, production, logger, context, render: pages.render })
  const endpoint = createEndpoint({
    channels: new Map([['P', createReflexChannel(run, limits)]]),
    limits,
    origins: settings.origins,
    logger,
    boot: production ? undefined : randomBytes(6).toString('base64url'),
    identify: (request, app) => ({ ...visitor(request), sid: sessions.identify(request.headers.cookie), app }),
  })
  sessions.onDead(endpoint.cut)
  const attached = new Map<Server, () => void>()
  const owned: Server[] = []
  let closed: Promise<void> | undefined

  const handle = createHandler({
    path,
    assets: createAssets({ path, cable: `${path}/cable` }, production),
    sessions,
    limits,
    refuse,
    visitorOf: visitor,
    seen(request, response) {
      pages.seen(request, response)
      const server = (request.socket as { server?: Server }).server
      if (server !== undefined && !attached.has(server) && closed === undefined) patella.attach(server)
    },
    page: pages.visit,
  })

  function claim(server: Server, app: RequestListener | undefined): () => void {
    attached.get(server)?.()
    const undo = claimUpgrades(server, `${path}/cable`, (request, socket, head) =>
      endpoint.upgrade(request, socket, head, app),
    )
    const detach = () => {
      undo()
      if (attached.get(server) === detach) attached.delete(server)
    }
    attached.set(server, detach)
    return detach
  }

  async function shut(): Promise<void> {
    const answered = Promise.all(owned.map((server) => new Promise((resolve) => server.close(resolve))))
    await endpoint.close()
    for (const detach of [...attached.values()]) detach()
    // Pages under way are answered too, as long as they take no longer than a reflex may.
    await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, limits.drain).unref())])
    for (const server of owned) server.closeAllConnections()
    await sessions.close()
  }

  const patella: Patella = {
    page(route, renderer) {
      pages.add(route, renderer)
      return patella
    },
    session: pages.session,
    flash: pages.flash,
    handle: (request, response, next) => handle(request, response, next ?? (() => notFound(response))),
    express: () => handle,
    attach: (server, { app } = {}) =>
      claim(server, app ?? ((request, response) => void server.emit('request', request, response))),
    async listen(port, host) {
      if (closed !== undefined) throw new PatellaError('server_closing')
      const server = await listen((request, response) => patella.handle(request, response), port, host)
      owned.push(server)
      // Its pages are Patella's own: they are rendered again without a request in between.
      claim(server, undefined)
      return server
    },
    close() {
      closed ??= shut()
      return closed
    },
  }
  return patella
}

/** Longer than the slowest action that holds a session, and the commit after it: else its lease would end under it. */
function leaseFor(registry: Registry, limits: Limits): number {
  const held = [...registry.values()].filter(({ snapshot }) => !snapshot)
  return Math.max(limits.action, ...held.map(({ timeout }) => timeout)) + 5_000
}
