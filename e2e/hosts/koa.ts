import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import Koa, { type Context, type Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import compress from 'koa-compress'
import conditional from 'koa-conditional-get'
import etag from 'koa-etag'
import helmet from 'koa-helmet'
import ratelimit from 'koa-ratelimit'
import { type HostKit, type HostPart, type HostSetup, hostPage } from 'patella/conformance'
import { isAgain, userOf } from './connect.ts'
import { type AppUnderTest, createApps, listen, underTest } from './start.ts'

export const koaKit: HostKit = {
  name: 'Koa 3',
  without: {},
  async start(setup) {
    const apps = createApps(setup)
    const outer = new Koa({ proxy: setup.before.includes('trust') })
    outer.silent = true
    for (const app of apps) for (const layer of build(app, setup)) outer.use(below(app.mount, layer))
    const server = await listen(createServer(outer.callback()))
    return underTest(server, apps, setup)
  },
}

/** What koa-mount does: the path is the app's own for as long as its middleware runs. */
function below(mount: string, layer: Middleware): Middleware {
  if (mount === '') return layer
  return async (ctx, next) => {
    const { path } = ctx
    if (!path.startsWith(`${mount}/`)) return next()
    ctx.path = path.slice(mount.length)
    await layer(ctx, async () => {
      ctx.path = path
      await next()
      ctx.path = path.slice(mount.length)
    })
    ctx.path = path
  }
}

function build(app: AppUnderTest, { before, after, log }: HostSetup): Middleware[] {
  const layersOf = (parts: readonly HostPart[]) => parts.flatMap((part) => partsOf[part]?.(log) ?? [])
  const { patella } = app
  const first: Middleware = (ctx, next) => {
    ctx.set('x-first', 'first')
    return next()
  }
  return [first, ...layersOf(before), patella.koa(), ...layersOf(after), conditional(), tag, routes(app)]
}

function routes({ base, patella }: AppUnderTest): Middleware {
  const served: Record<string, (ctx: Context) => unknown> = {
    async 'GET /page'(ctx) {
      html(ctx, hostPage(await patella.session(ctx), ctx.state))
    },
    async 'GET /guarded'(ctx) {
      const session = await patella.session(ctx)
      if (session.user) html(ctx, hostPage(session, ctx.state))
      else ctx.status = 401
    },
    'GET /redirect': (ctx) => ctx.redirect(`${base}/page`),
    'GET /broken'() {
      throw new Error('canary')
    },
    'GET /json'(ctx) {
      ctx.body = {}
    },
    async 'GET /stream'(ctx) {
      const text = hostPage(await patella.session(ctx), ctx.state)
      html(ctx, Readable.from([text.slice(0, 20), text.slice(20)]))
    },
    async 'GET /cookie'(ctx) {
      ctx.cookies.set('seen', '1')
      html(ctx, hostPage(await patella.session(ctx), ctx.state))
    },
    'GET /order': (ctx) => html(ctx, hostPage({}, {}, { main: ctx.response.get('x-first') })),
    'GET /language': (ctx) => html(ctx, hostPage({}, {}, { main: ctx.get('accept-language') })),
    async 'GET /etag'(ctx) {
      html(ctx, hostPage(await patella.session(ctx), ctx.state))
    },
    async 'GET /script'(ctx) {
      const head = patella.scriptTag({ nonce: ctx.state.nonce })
      html(ctx, hostPage(await patella.session(ctx), ctx.state, { head }))
    },
    'GET /form'(ctx) {
      const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
      html(ctx, hostPage({}, {}, { main: actions.join(' ') }))
    },
    async 'GET /flash'(ctx) {
      const flash = await patella.flash(ctx)
      html(ctx, hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
    },
    async 'POST /notice'(ctx) {
      const flash = await patella.flash(ctx)
      flash.notice = 'saved'
      ctx.redirect(`${base}/flash`)
      ctx.status = 303
    },
    async 'POST /count'(ctx) {
      const session = await patella.session(ctx)
      session.count = (session.count ?? 0) + 1
      ctx.status = 204
    },
    async 'POST /login'(ctx) {
      const session = await patella.session(ctx)
      session.user = 'ann'
      session.regenerate()
      ctx.status = 204
    },
    'POST /body'(ctx) {
      ctx.body = ctx.request.body
    },
  }
  return async (ctx, next) => {
    const route = served[`${ctx.method === 'HEAD' ? 'GET' : ctx.method} ${ctx.path}`]
    await (route ? route(ctx) : next())
  }
}

function html(ctx: Context, body: string | Readable): void {
  ctx.type = 'html'
  ctx.body = body
}

// One for all apps: each that is made prints that @koa/etag is its new name.
const tag = etag()

type Make = (log: (line: string) => void) => Middleware | Middleware[]

const partsOf: Partial<Record<HostPart, Make>> = {
  compression: () => compress({ threshold: 0 }),
  csp: () => [
    (ctx, next) => {
      ctx.state.nonce = randomBytes(16).toString('base64')
      return helmet({ contentSecurityPolicy: { directives: { 'script-src': [`'nonce-${ctx.state.nonce}'`] } } })(
        ctx,
        next,
      )
    },
  ],
  logger: (log) => async (ctx, next) => {
    await next()
    log(`${isAgain(ctx.req) ? 'again ' : ''}${ctx.method} ${ctx.path} ${ctx.status}`)
  },
  parser: () => bodyParser(),
  limiter: () => ratelimit({ driver: 'memory', db: new Map(), max: 8, whitelist: ({ req }) => isAgain(req) }),
  user: () => (ctx, next) => {
    ctx.state.user = userOf(ctx)
    return next()
  },
}
