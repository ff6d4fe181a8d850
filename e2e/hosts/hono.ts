import type { Server } from 'node:http'
import { createAdaptorServer, type HttpBindings, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { logger } from 'hono/logger'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import { stream } from 'hono/streaming'
import { rateLimiter } from 'hono-rate-limiter'
import { type HostKit, type HostPart, type HostSetup, hostPage } from 'patella/conformance'
import { WebSocketServer } from 'ws'
import { isAgain, userOf } from './connect.ts'
import { type AppUnderTest, createApps, listen, underTest } from './start.ts'

type Env = { Bindings: HttpBindings; Variables: Record<string, unknown> }

export const honoKit: HostKit = {
  name: 'Hono 4',
  without: {},
  async start(setup) {
    const apps = createApps(setup, setup.before.includes('trust') ? { trustProxy: true } : {})
    const outer = new Hono<Env>()
    if (setup.echo)
      outer.get(
        '/echo',
        upgradeWebSocket(() => ({ onMessage: ({ data }, socket) => socket.send(String(data)) })),
      )
    for (const app of apps) outer.route(app.mount || '/', build(app, setup))
    const websocket = { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike }
    const server = createAdaptorServer({ fetch: outer.fetch, ...(setup.echo && { websocket }) }) as Server
    await listen(server)
    return underTest(server, apps, { ...setup, echo: false })
  },
}

function build({ base, patella }: AppUnderTest, { before, after, log }: HostSetup): Hono<Env> {
  const app = new Hono<Env>()
  const use = (parts: readonly HostPart[]) => {
    for (const part of parts) {
      const make = partsOf[part]
      if (make) app.use(make(log))
    }
  }
  app.use(async (c, next) => {
    c.header('x-first', 'first')
    await next()
  })
  use(before)
  app.use(patella.hono())
  use(after)

  app.get('/page', async (c) => c.html(hostPage(await patella.session(c), c.var)))
  app.get('/guarded', async (c) => {
    const session = await patella.session(c)
    return session.user ? c.html(hostPage(session, c.var)) : c.text('no', 401)
  })
  app.get('/redirect', (c) => c.redirect(`${base}/page`))
  app.get('/broken', () => {
    throw new Error('canary')
  })
  app.get('/json', (c) => c.json({}))
  app.get('/stream', async (c) => {
    const text = hostPage(await patella.session(c), c.var)
    c.header('content-type', 'text/html')
    return stream(c, async (written) => {
      await written.write(text.slice(0, 20))
      await written.write(text.slice(20))
    })
  })
  app.get('/cookie', async (c) => {
    c.header('set-cookie', 'seen=1', { append: true })
    return c.html(hostPage(await patella.session(c), c.var))
  })
  app.get('/order', (c) => c.html(hostPage({}, {}, { main: c.res.headers.get('x-first') ?? '' })))
  app.get('/language', (c) => c.html(hostPage({}, {}, { main: c.req.header('accept-language') })))
  app.get('/etag', etag(), async (c) => c.html(hostPage(await patella.session(c), c.var)))
  app.get('/script', async (c) => {
    const head = patella.scriptTag({ nonce: c.get('secureHeadersNonce') as string | undefined })
    return c.html(hostPage(await patella.session(c), c.var, { head }))
  })
  app.get('/form', (c) => {
    const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
    return c.html(hostPage({}, {}, { main: actions.join(' ') }))
  })
  app.get('/flash', async (c) => {
    const flash = await patella.flash(c)
    return c.html(hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
  })
  app.post('/notice', async (c) => {
    const flash = await patella.flash(c)
    flash.notice = 'saved'
    return c.redirect(`${base}/flash`, 303)
  })
  app.post('/count', async (c) => {
    const session = await patella.session(c)
    session.count = (session.count ?? 0) + 1
    return c.body(null, 204)
  })
  app.post('/login', async (c) => {
    const session = await patella.session(c)
    session.user = 'ann'
    session.regenerate()
    return c.body(null, 204)
  })
  app.post('/body', async (c) => c.json(await c.req.json()))
  app.onError((error, c) => c.text(error.message, 500))
  return app
}

const partsOf: Partial<Record<HostPart, (log: (line: string) => void) => MiddlewareHandler<Env>>> = {
  compression: () => compress({ threshold: 0 }),
  csp: () => secureHeaders({ contentSecurityPolicy: { scriptSrc: ["'self'", NONCE] } }),
  logger: (log) => (c, next) => logger((line) => log(`${again(c)}${line}`))(c, next),
  // Hono has none: a request is asked for its body, when a route wants it.
  parser: () => async (c, next) => {
    if (/json|urlencoded/.test(c.req.header('content-type') ?? '')) await c.req.parseBody()
    await next()
  },
  limiter: () =>
    rateLimiter<Env>({ limit: 8, keyGenerator: () => 'everybody', skip: ({ env }) => isAgain(env.incoming) }),
  user: () => async (c, next) => {
    c.set('user', userOf(c.env.incoming))
    await next()
  },
}

function again(c: Context<Env>): string {
  return isAgain(c.env.incoming) ? 'again ' : ''
}
