import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { PatellaError } from '../protocol/errors.ts'
import type { Limits } from '../protocol/limits.ts'
import { claimUpgrades } from './cable/claim.ts'
import { createEndpoint } from './cable/endpoint.ts'
import { createReflexChannel } from './cable/reflex-channel.ts'
import { createAssets } from './host/assets.ts'
import { createBasePath } from './host/base-path.ts'
import { createEnter } from './host/entering.ts'
import { createFastifyPlugin, type FastifyPlugin } from './host/fastify.ts'
import { flashOf } from './host/flash-of.ts'
import { type ActionOptions, createFormActions } from './host/form-action.ts'
import { createFront } from './host/front.ts'
import { createHonoMiddleware, type HonoMiddleware } from './host/hono.ts'
import { createKoaMiddleware, type KoaMiddleware } from './host/koa.ts'
import { compose, type Middleware } from './host/middleware.ts'
import { createMounts, emitOn } from './host/mounts.ts'
import { createNextLocals } from './host/next-locals.ts'
import { createMiddleware, nothingBehind } from './host/node.ts'
import { createOwnRoutes } from './host/own-routes.ts'
import { createPageSource } from './host/page-source.ts'
import type { PageRenderer } from './host/pages.ts'
import { type NativeRequest, rawRequest } from './host/raw-request.ts'
import { createRefuse } from './host/refusal.ts'
import { createOriginRefused } from './host/same-origin.ts'
import { closeOnTerm } from './host/signals.ts'
import { readTestingToken } from './host/testing.ts'
import { createUnderWay } from './host/under-way.ts'
import { createUpgrade } from './host/upgrade.ts'
import { createVisitors } from './host/visitor.ts'
import { type PatellaOptions, readOptions, readSecrets } from './options.ts'
import { createBases, type PatchFigures } from './page/bases.ts'
import type { Html } from './page/html.ts'
import { createSwapTeller } from './page/swaps.ts'
import { createTexts, type Texts } from './page/texts.ts'
import { createParcels } from './reflex/parcel.ts'
import { createRegistry, type Registry } from './reflex/registry.ts'
import { createRunner, type Run } from './reflex/run.ts'
import { createFormRunner } from './reflex/run-form.ts'
import type { Reach } from './reflex/turn.ts'
import { developmentState } from './session/development.ts'
import type { Session } from './session/session.ts'
import { createSessions, type SessionStats } from './session/sessions.ts'

/** Figures of one process, to be watched by its operator. */
export interface Stats {
  /** Open connections of tabs. */
  readonly connections: number
  readonly sessions: SessionStats
  /** Patches that were sent, and the texts that are kept for the next ones to be written against. */
  readonly patches: PatchFigures & Texts['figures']
}

export interface Patella {
  /**
   * Declares a page: what it renders for a GET, and again after a reflex. `path` may hold parameters, as in Express 5:
   * `/posts/:id`, `/files/*path`.
   */
  page(path: string, renderer: PageRenderer): Patella
  /**
   * The session of a plain request that came through Patella's middleware: the host's own request or context, or
   * Node's. A GET holds nothing and merges the top-level keys that it changed; any other method holds the session until
   * its headers go out.
   *
   * @throws session_closed when it is written to after that
   */
  session(request: NativeRequest): Promise<Session>
  /**
   * What an earlier action or route left for this page; reading a key takes it away. Written, it is there for the next
   * render.
   */
  flash(request: NativeRequest): Promise<Record<string, unknown>>
  /**
   * The `action` of a form that runs an action without JavaScript: `<form method="post" action="${…}">`. The same checks
   * hold, and the answer leads back to the page.
   *
   * @throws action_unknown
   */
  action(target: string, options?: ActionOptions): string
  /** The script's tag: a name that changes with the script, its digest, and the nonce of a Content-Security-Policy. */
  scriptTag(options?: { nonce?: string | undefined }): Html
  /** Answers Patella's own routes and pages, else calls `next`: for `node:http`. */
  handle(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void
  /** The middleware for Express: `app.use(patella.express())`, before the app's own routes. */
  express(): Middleware
  /** The plugin for Fastify 5: `app.register(patella.fastify())`. */
  fastify(): FastifyPlugin
  /** The middleware for Koa 3: `app.use(patella.koa())`. */
  koa(): KoaMiddleware
  /** The middleware for Hono 4 on `@hono/node-server`: `app.use(patella.hono())`. */
  hono(): HonoMiddleware
  /**
   * Takes the cable's upgrades on a server; other WebSocket servers on it are left alone. Pages are rendered again through
   * `app`, the server's own listener by default. Returns what undoes it. The middleware does this by itself with
   * the server of the first request it sees.
   */
  attach(server: Server, options?: { app?: RequestListener }): () => void
  /** Serves pages and cable on a server of its own; resolves once it listens, closes on SIGTERM. @throws port_taken */
  listen(port: number, host?: string): Promise<Server>
  /** What happened in this process so far, and what it holds now. */
  stats(): Stats
  /**
   * Unready at once; finishes what runs, tells the tabs to come back, closes what Patella opened. Idempotent. Closing the
   * app's last server does the same.
   */
  close(): Promise<void>
}

/**
 * @example
 * const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
 * patella.page('/counter', ({ session }) => html`<main id="main" data-reflex-root>${session.count ?? 0}</main>`)
 * await patella.listen(3000)
 */
export function createPatella(options: PatellaOptions = {}): Patella {
  return assemblePatella(options)
}

/** `reach` is for tests alone. @internal */
export function assemblePatella(options: PatellaOptions, reach?: Reach): Patella {
  const settings = readOptions(options)
  const { path, limits, logger, production, use, origins } = settings
  const basePath = createBasePath(settings.basePath)
  const whole = basePath.prefix + path
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
    waitMs: limits.action,
    basePath: basePath.prefix,
  })
  const visitors = createVisitors(settings.trustProxy)
  const visitorOf = visitors.of
  const context = options.context ?? (() => ({}))
  const refuse = createRefuse(production, logger)
  const refused = createOriginRefused(logger)
  const parcels = createParcels(secrets)
  const listed = use === undefined || use === 'host' ? undefined : compose(use)
  const pages = createPageSource({
    sessions,
    limits,
    logger,
    production,
    basePath,
    refuse,
    visitorOf,
    context,
    use: listed,
  })
  const enter = use && createEnter({ use, path: `${path}/enter`, basePath, limit: limits.page })
  const services = { registry, sessions, limits, context, enter, parcels, render: pages.render }
  const run = createRunner({ ...services, production, logger })
  const reaching: Run = (request, caller, url) => run(request, caller, url, reach)
  const texts = createTexts(limits.texts)
  const patches: PatchFigures = { full: 0, deltas: 0, disagreements: 0 }
  const openBases = () => createBases(texts, patches, production ? undefined : createSwapTeller(logger))
  const endpoint = createEndpoint({
    channels: new Map([['P', createReflexChannel(reach ? reaching : run, limits, openBases)]]),
    limits,
    origins,
    logger,
    boot: production ? undefined : randomBytes(6).toString('base64url'),
    identify: (request) => ({ ...visitorOf(request), sid: sessions.identify(request.headers.cookie) }),
    nameOf: sessions.nameOf,
    refused,
  })
  sessions.onDead(endpoint.cut, () => endpoint.size > 0)

  const mounts = createMounts(
    {
      claim: (server, upgrade) =>
        claimUpgrades(
          server,
          { basePath: basePath.prefix, path: `${path}/cable`, unclaimedMs: limits.handshake },
          upgrade,
        ),
      upgrade: createUpgrade({ visitors, basePath, probe: `${path}/health`, take: endpoint.upgrade }),
      drain: endpoint.drain,
      emptied: close,
    },
    ({ message }) => logger.warn(message),
  )
  let closed: Promise<void> | undefined

  const assets = createAssets({ path: whole, cable: `${whole}/cable` }, production)
  const nextLocals = createNextLocals(basePath.prefix, logger)
  const actions = createFormActions({
    runner: createFormRunner(services, { production, log: (line) => logger.error(line) }),
    limits,
    origins,
    refused,
    basePath,
    path: whole,
    nextLocals,
    openPlain: pages.openPlain,
    use: use === 'host' ? use : listed,
  })
  const own = createOwnRoutes({
    assets,
    actions,
    quiet: { sessions, parcels, refused, limit: limits.body },
    testing: { sessions, token: readTestingToken(production), limit: limits.body, waitMs: limits.action },
    visitorOf,
    draining: () => closed !== undefined,
  })
  const underWay = createUnderWay()
  const front = createFront({
    path,
    basePath,
    own,
    pages,
    nextLocals,
    refuse,
    seen({ request, response, forwarded }, inProcess) {
      pages.seen(request, response)
      if (!visitors.known) visitors.learn(forwarded?.())
      if (inProcess) return
      underWay.add(response)
      if (closed === undefined) mounts.find(request)
    },
  })
  const middleware = createMiddleware(front)

  function close(): Promise<void> {
    closed ??= shut()
    return closed
  }

  async function shut(): Promise<void> {
    forgetSignal()
    const servers = mounts.close(limits.drain)
    await endpoint.close()
    servers.detach()
    await servers.answered
    await underWay.answered(limits.drain)
    await sessions.close()
  }

  let forgetSignal = () => {}
  const patella: Patella = {
    page(route, renderer) {
      pages.add(route, renderer)
      return patella
    },
    session: async (request) => (await pages.open(rawRequest(request))).session,
    flash: async (request) => flashOf(await pages.open(rawRequest(request))),
    action: actions.address,
    scriptTag: assets.scriptTag,
    handle: (request, response, next) => middleware(request, response, next ?? (() => nothingBehind(response))),
    express: () => middleware,
    fastify: () =>
      createFastifyPlugin({
        front,
        gates: [...new Set([`${path}/enter`, `${whole}/enter`])],
        hooksFirst: use === 'host',
        attach: (server) => void mounts.attach(server, emitOn(server)),
        close,
      }),
    koa: () => createKoaMiddleware(front),
    hono: () => createHonoMiddleware(front),
    attach: (server, { app } = {}) => mounts.attach(server, app ?? emitOn(server)),
    async listen(port, host) {
      if (closed !== undefined) throw new PatellaError('server_closing')
      // Its pages are Patella's own: they are rendered again without a request in between, unless `use` wants one.
      const listener: RequestListener = (request, response) => patella.handle(request, response)
      const server = await mounts.listen(listener, port, host, use === undefined ? undefined : listener)
      forgetSignal = closeOnTerm(close)
      return server
    },
    stats: () => ({
      connections: endpoint.size,
      sessions: sessions.stats(),
      patches: { ...patches, ...texts.figures },
    }),
    close,
  }
  return patella
}

/** Longer than the slowest action that holds a session, and the commit after it: else its lease would end under it. */
function leaseFor(registry: Registry, limits: Limits): number {
  const held = [...registry.values()].filter(({ snapshot }) => !snapshot)
  return Math.max(limits.action, ...held.map(({ timeout }) => timeout)) + 5_000
}
