import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { html } from '../page/html.ts'
import { createPatella, type Patella } from '../patella.ts'
import { type HostRoute, type HostUnderTest, hostCases, hostReflexes, hostRoutes } from './conformance.ts'

const options = { secret: 'x'.repeat(32), reflexes: hostReflexes, logger: false as const }
const all = Object.keys(hostRoutes) as HostRoute[]

interface Host {
  readonly name: string
  readonly routes: readonly HostRoute[]
  start(): Promise<HostUnderTest>
}

const hosts: Host[] = [
  {
    name: "Patella's own server",
    routes: ['page', 'guarded', 'redirect', 'broken', 'json', 'cookie', 'language', 'echo'],
    start: startOwn,
  },
  { name: 'node:http', routes: all, start: startNode },
  { name: 'Express 5', routes: all, start: startExpress },
]

describe.each(hosts)('host: $name', ({ routes, start }) => {
  let host: HostUnderTest
  beforeAll(async () => {
    host = await start()
  })
  afterAll(() => host.close())

  for (const { name, needs, run } of hostCases) {
    if (needs.every((route) => routes.includes(route))) it(name, () => run(host))
  }
})

async function startOwn(): Promise<HostUnderTest> {
  const patella = createPatella(options)
  patella.page('/page', ({ session, locals }) => document(session, locals))
  patella.page('/guarded', ({ session, locals }) =>
    session.user ? document(session, locals) : new Response('no', { status: 401 }),
  )
  patella.page('/redirect', () => new Response(null, { status: 302, headers: { location: '/page' } }))
  patella.page('/broken', () => {
    throw new Error('canary')
  })
  patella.page('/json', () => Response.json({}))
  patella.page('/cookie', ({ session, locals }) => {
    const headers = { 'content-type': 'text/html', 'set-cookie': 'seen=1' }
    return new Response(String(document(session, locals)), { headers })
  })
  patella.page('/language', ({ language }) => document({}, {}, language))
  const server = await patella.listen(0, '127.0.0.1')
  return underTest(server, patella, () => patella.close())
}

async function startNode(): Promise<HostUnderTest> {
  const patella = createPatella(options)
  const server = createServer((request, response) => {
    response.setHeader('x-first', 'first')
    patella.handle(request, response, () => void route(patella, request, response))
  })
  patella.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return underTest(server, patella, () => shut(server, patella))
}

/** The routes as an app on node:http writes them. */
async function route(patella: Patella, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { locals = {} } = response as { locals?: Record<string, unknown> }
  const send = (body: unknown) => response.setHeader('content-type', 'text/html').end(String(body))
  const path = `${request.method === 'HEAD' ? 'GET' : request.method} ${request.url}`
  if (path === 'GET /redirect') return void response.writeHead(302, { location: '/page' }).end()
  if (path === 'GET /broken') return void response.writeHead(500).end('canary')
  if (path === 'GET /json') return void response.setHeader('content-type', 'application/json').end('{}')
  if (path === 'GET /order') return void send(document({}, {}, String(response.getHeader('x-first'))))
  if (path === 'GET /language') return void send(document({}, {}, request.headers['accept-language']))
  const session = await patella.session(request)
  if (path === 'GET /page') return void send(document(session, locals))
  if (path === 'GET /guarded') {
    if (session.user) return void send(document(session, locals))
    return void response.writeHead(401).end()
  }
  if (path === 'GET /cookie') {
    response.appendHeader('set-cookie', 'seen=1')
    return void send(document(session, locals))
  }
  if (path === 'GET /stream') {
    const text = String(document(session, locals))
    response.setHeader('content-type', 'text/html')
    response.write(text.slice(0, 20))
    return void setImmediate(() => response.end(text.slice(20)))
  }
  if (path === 'POST /count') {
    session.count = (session.count ?? 0) + 1
    return void response.writeHead(204).end()
  }
  if (path === 'POST /login') {
    session.user = 'ann'
    session.regenerate()
    return void response.writeHead(204).end()
  }
  response.writeHead(404).end()
}

async function startExpress(): Promise<HostUnderTest> {
  const patella = createPatella(options)
  const app = express()
  app.use((_request, response, next) => {
    response.setHeader('x-first', 'first')
    next()
  })
  app.use(patella.express())
  app.get('/page', async (request, response) => {
    response.send(String(document(await patella.session(request), response.locals)))
  })
  app.get('/guarded', async (request, response) => {
    const session = await patella.session(request)
    if (session.user) response.send(String(document(session, response.locals)))
    else response.sendStatus(401)
  })
  app.get('/redirect', (_request, response) => response.redirect('/page'))
  app.get('/broken', () => {
    throw new Error('canary')
  })
  app.get('/json', (_request, response) => void response.json({}))
  app.get('/cookie', async (request, response) => {
    response.cookie('seen', '1').send(String(document(await patella.session(request), response.locals)))
  })
  app.get('/stream', async (request, response) => {
    const text = String(document(await patella.session(request), response.locals))
    response.type('html').write(text.slice(0, 20))
    setImmediate(() => response.end(text.slice(20)))
  })
  app.get('/order', (_request, response) => void response.send(String(document({}, {}, response.get('x-first')))))
  app.get(
    '/language',
    (request, response) => void response.send(String(document({}, {}, request.get('accept-language')))),
  )
  app.post('/count', async (request, response) => {
    const session = await patella.session(request)
    session.count = (session.count ?? 0) + 1
    response.sendStatus(204)
  })
  app.post('/login', async (request, response) => {
    const session = await patella.session(request)
    session.user = 'ann'
    session.regenerate()
    response.sendStatus(204)
  })
  app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).send(error.message)
  })
  // No attach(): the middleware finds its server by the first request.
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  await fetch(`http://127.0.0.1:${port}/patella/client.js`)
  return underTest(server, patella, () => shut(server, patella))
}

function document(session: Record<string, unknown>, locals: Record<string, unknown>, content?: string) {
  const text = content ?? `count:${session.count ?? 0} note:${locals.note ?? ''}`
  return html`<!doctype html><title>Page</title><main id="main" data-reflex-root>${text}</main>`
}

function underTest(server: Server, _patella: Patella, close: () => Promise<void>): HostUnderTest {
  const echo = new WebSocketServer({ server, path: '/echo' })
  echo.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

async function shut(server: Server, patella: Patella): Promise<void> {
  await patella.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
