import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Middleware } from 'patella'
import { type HostKit, type HostPart, type HostSetup, hostPage } from 'patella/conformance'
import { connectParts, nonceOf } from './connect.ts'
import { type AppUnderTest, createApps, listen, underTest } from './start.ts'

export const nodeKit: HostKit = {
  name: 'node:http',
  without: {},
  async start(setup) {
    const apps = createApps(setup, setup.before.includes('trust') ? { trustProxy: true } : {})
    const built = apps.map((app) => [app.mount, build(app, setup)] as const)
    const server = await listen(
      createServer((request, response) => {
        const app = built.find(([mount]) => mount === '' || request.url?.startsWith(`${mount}/`))
        if (app) app[1](request, response)
        else response.writeHead(404).end()
      }),
    )
    return underTest(server, apps, setup)
  },
}

/** The app's middleware one after the other, as one without a framework writes them. */
function build(app: AppUnderTest, { before, after, log }: HostSetup) {
  const layersOf = (parts: readonly HostPart[]) =>
    parts.flatMap((part) => partsOf[part]?.() ?? connectParts[part]?.(log) ?? [])
  const layers = [...layersOf(before), app.patella.handle, ...layersOf(after)]
  const served = routes(app)

  return (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('x-first', 'first')
    const run = ([layer, ...rest]: Middleware[]) => {
      if (layer) layer(request, response, () => run(rest))
      else void served(request, response)
    }
    run(layers)
  }
}

type Body = IncomingMessage & { body?: unknown }
type Sending = ServerResponse & { locals?: Record<string, any> }

function routes({ mount, base, patella }: AppUnderTest) {
  const page = async (request: IncomingMessage, response: Sending) =>
    html(response, hostPage(await patella.session(request), response.locals ?? {}))

  const served: Record<string, (request: Body, response: Sending) => unknown> = {
    'GET /page': page,
    async 'GET /guarded'(request, response) {
      const session = await patella.session(request)
      if (session.user) await page(request, response)
      else response.writeHead(401).end()
    },
    'GET /redirect': (_request, response) => response.writeHead(302, { location: `${base}/page` }).end(),
    'GET /broken'() {
      throw new Error('canary')
    },
    'GET /json': (_request, response) => response.setHeader('content-type', 'application/json').end('{}'),
    async 'GET /stream'(request, response) {
      const text = hostPage(await patella.session(request), response.locals ?? {})
      response.setHeader('content-type', 'text/html')
      response.write(text.slice(0, 20))
      setImmediate(() => response.end(text.slice(20)))
    },
    'GET /cookie'(request, response) {
      response.appendHeader('set-cookie', 'seen=1')
      return page(request, response)
    },
    'GET /order': (_request, response) =>
      html(response, hostPage({}, {}, { main: String(response.getHeader('x-first')) })),
    'GET /language': (request, response) =>
      html(response, hostPage({}, {}, { main: request.headers['accept-language'] })),
    async 'GET /etag'(request, response) {
      const etag = `"${(await patella.session(request)).count ?? 0}"`
      if (request.headers['if-none-match'] === etag) return response.writeHead(304).end()
      return page(request, response.setHeader('etag', etag))
    },
    async 'GET /script'(request, response) {
      const head = patella.scriptTag({ nonce: nonceOf(request) })
      html(response, hostPage(await patella.session(request), response.locals ?? {}, { head }))
    },
    'GET /form'(_request, response) {
      const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
      html(response, hostPage({}, {}, { main: actions.join(' ') }))
    },
    async 'GET /flash'(request, response) {
      const flash = await patella.flash(request)
      html(response, hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
    },
    async 'POST /notice'(request, response) {
      const flash = await patella.flash(request)
      flash.notice = 'saved'
      response.writeHead(303, { location: `${base}/flash` }).end()
    },
    async 'POST /count'(request, response) {
      const session = await patella.session(request)
      session.count = (session.count ?? 0) + 1
      response.writeHead(204).end()
    },
    async 'POST /login'(request, response) {
      const session = await patella.session(request)
      session.user = 'ann'
      session.regenerate()
      response.writeHead(204).end()
    },
    'POST /body': (request, response) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(request.body)),
  }

  return async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.slice(mount.length).split('?', 1)[0]
    const route = served[`${request.method === 'HEAD' ? 'GET' : request.method} ${path}`]
    try {
      if (route) await route(request, response)
      else response.writeHead(404).end()
    } catch (error) {
      response.writeHead(500).end((error as Error).message)
    }
  }
}

function html(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'text/html').end(text)
}

const partsOf: Partial<Record<HostPart, () => Middleware>> = {
  parser: () => async (request: Body, _response, next) => {
    const type = request.headers['content-type'] ?? ''
    if (type.startsWith('application/json')) request.body = await json(request)
    next()
  },
}
