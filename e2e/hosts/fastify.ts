import { Readable } from 'node:stream'
import compress from '@fastify/compress'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { type HostKit, type HostPart, type HostSetup, hostPage } from 'patella/conformance'
import { isAgain, userOf } from './connect.ts'
import { type AppUnderTest, createApps, underTest } from './start.ts'

export const fastifyKit: HostKit = {
  name: 'Fastify 5',
  without: {},
  withoutMounted: { own: 'in a scope with a prefix Fastify shows a plugin the requests of that scope’s routes alone' },
  async start(setup) {
    const apps = createApps(setup)
    const { before, echo, log } = setup
    const outer = Fastify({
      trustProxy: before.includes('trust'),
      ...(before.includes('logger') && { logger: loggerTo(log) }),
    })
    if (echo) {
      await outer.register(websocket)
      outer.get('/echo', { websocket: true }, (socket) => {
        socket.on('message', (data: Buffer) => socket.send(String(data)))
      })
    }
    for (const app of apps) {
      if (app.mount === '') await build(outer, app, setup)
      else outer.register((inner) => build(inner, app, setup), { prefix: app.mount })
    }
    await outer.listen({ port: 0, host: '127.0.0.1' })
    return underTest(outer.server, apps, { ...setup, echo: false, attach: false }, () => outer.close())
  },
}

async function build(
  app: FastifyInstance,
  { base, patella }: AppUnderTest,
  { before, after }: HostSetup,
): Promise<void> {
  const use = async (parts: readonly HostPart[]) => {
    for (const part of parts) await partsOf[part]?.(app)
  }
  const send = (reply: FastifyReply, text: string) => reply.type('text/html').send(text)

  app.addHook('onRequest', async (_request, reply) => void reply.header('x-first', 'first'))
  await use(before)
  await app.register(patella.fastify())
  await use(after)

  app.get('/page', async (request, reply) => send(reply, hostPage(await patella.session(request), localsOf(reply))))
  app.get('/guarded', async (request, reply) => {
    const session = await patella.session(request)
    return session.user ? send(reply, hostPage(session, localsOf(reply))) : reply.code(401).send('no')
  })
  app.get('/redirect', (_request, reply) => reply.redirect(`${base}/page`))
  app.get('/broken', async () => {
    throw new Error('canary')
  })
  app.get('/json', async () => ({}))
  app.get('/stream', async (request, reply) => {
    const text = hostPage(await patella.session(request), localsOf(reply))
    return reply.type('text/html').send(Readable.from([text.slice(0, 20), text.slice(20)]))
  })
  app.get('/cookie', async (request, reply) => {
    reply.header('set-cookie', 'seen=1')
    return send(reply, hostPage(await patella.session(request), localsOf(reply)))
  })
  app.get('/order', (_request, reply) => send(reply, hostPage({}, {}, { main: String(reply.getHeader('x-first')) })))
  app.get('/language', (request, reply) => send(reply, hostPage({}, {}, { main: request.headers['accept-language'] })))
  app.get('/etag', async (request, reply) => {
    const session = await patella.session(request)
    const etag = `"${session.count ?? 0}"`
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return send(reply.header('etag', etag), hostPage(session, localsOf(reply)))
  })
  app.get('/script', async (request, reply) => {
    const head = patella.scriptTag({ nonce: reply.cspNonce?.script })
    return send(reply, hostPage(await patella.session(request), localsOf(reply), { head }))
  })
  app.get('/form', (_request, reply) => {
    const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
    return send(reply, hostPage({}, {}, { main: actions.join(' ') }))
  })
  app.get('/flash', async (request, reply) => {
    const flash = await patella.flash(request)
    return send(reply, hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
  })
  app.post('/notice', async (request, reply) => {
    const flash = await patella.flash(request)
    flash.notice = 'saved'
    return reply.redirect(`${base}/flash`, 303)
  })
  app.post('/count', async (request, reply) => {
    const session = await patella.session(request)
    session.count = (session.count ?? 0) + 1
    return reply.code(204).send()
  })
  app.post('/login', async (request, reply) => {
    const session = await patella.session(request)
    session.user = 'ann'
    session.regenerate()
    return reply.code(204).send()
  })
  app.post('/body', async (request) => request.body)
}

const partsOf: Partial<Record<HostPart, (app: FastifyInstance) => unknown>> = {
  compression: (app) => app.register(compress, { threshold: 0 }),
  csp: (app) => app.register(helmet, { enableCSPNonces: true }),
  parser: (app) => app.register(formbody),
  limiter: (app) => app.register(rateLimit, { max: 8, allowList: ({ raw }) => isAgain(raw) }),
  user: (app) =>
    app.addHook('onRequest', async (request) => {
      Object.assign(request, { user: userOf(request) })
    }),
}

/** Fastify's own logger, on a stream. */
function loggerTo(log: (line: string) => void) {
  return {
    level: 'info',
    serializers: { req: ({ url, raw }: any) => ({ line: `${isAgain(raw) ? 'again ' : ''}GET ${url}` }) },
    stream: {
      write(json: string) {
        const { req } = JSON.parse(json)
        if (req) log(req.line)
      },
    },
  }
}

/** Where @fastify/view looks for them. */
function localsOf(reply: FastifyReply): Record<string, unknown> {
  return (reply as { locals?: Record<string, unknown> }).locals ?? {}
}
