import { createServer } from 'node:http'
import express, { type Express } from 'express'
import { rateLimit } from 'express-rate-limit'
import type { Middleware } from 'patella'
import { type HostKit, type HostPart, type HostSetup, hostPage } from 'patella/conformance'
import { connectParts, isAgain, nonceOf } from './connect.ts'
import { type AppUnderTest, createApps, listen, underTest } from './start.ts'

export const expressKit: HostKit = {
  name: 'Express 5',
  without: {},
  async start(setup) {
    const apps = createApps(setup)
    const outer = express()
    if (setup.before.includes('trust')) outer.set('trust proxy', true)
    for (const app of apps) outer.use(app.mount || '/', build(app, setup))
    const server = await listen(createServer(outer))
    return underTest(server, apps, setup)
  },
}

function build({ base, patella }: AppUnderTest, { before, after, log }: HostSetup): Express {
  const app = express()
  const use = (parts: readonly HostPart[]) => {
    for (const part of parts) for (const make of [partsOf[part]].flat()) if (make) app.use(make(log))
  }
  app.use((_request, response, next) => {
    response.set('x-first', 'first')
    next()
  })
  use(before)
  app.use(patella.express())
  use(after)

  app.get('/page', async (request, response) => {
    response.send(hostPage(await patella.session(request), response.locals))
  })
  app.get('/guarded', async (request, response) => {
    const session = await patella.session(request)
    if (session.user) response.send(hostPage(session, response.locals))
    else response.sendStatus(401)
  })
  app.get('/redirect', (_request, response) => response.redirect(`${base}/page`))
  app.get('/broken', () => {
    throw new Error('canary')
  })
  app.get('/json', (_request, response) => void response.json({}))
  app.get('/stream', async (request, response) => {
    const text = hostPage(await patella.session(request), response.locals)
    response.type('html').write(text.slice(0, 20))
    setImmediate(() => response.end(text.slice(20)))
  })
  app.get('/cookie', async (request, response) => {
    response.cookie('seen', '1').send(hostPage(await patella.session(request), response.locals))
  })
  app.get('/order', (_request, response) => void response.send(hostPage({}, {}, { main: response.get('x-first') })))
  app.get('/language', (request, response) => {
    response.send(hostPage({}, {}, { main: request.get('accept-language') }))
  })
  app.get('/etag', async (request, response) => {
    response.send(hostPage(await patella.session(request), response.locals))
  })
  app.get('/script', async (request, response) => {
    const head = patella.scriptTag({ nonce: nonceOf(request) })
    response.send(hostPage(await patella.session(request), response.locals, { head }))
  })
  app.get('/form', (_request, response) => {
    const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
    response.send(hostPage({}, {}, { main: actions.join(' ') }))
  })
  app.get('/flash', async (request, response) => {
    const flash = await patella.flash(request)
    response.send(hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
  })
  app.post('/notice', async (request, response) => {
    const flash = await patella.flash(request)
    flash.notice = 'saved'
    response.redirect(303, `${base}/flash`)
  })
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
  app.post('/body', (request, response) => void response.json(request.body))
  app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).send(error.message)
  })
  return app
}

type Make = (log: (line: string) => void) => Middleware

const partsOf: Partial<Record<HostPart, Make | Make[]>> = {
  ...connectParts,
  parser: [() => express.json(), () => express.urlencoded({ extended: true })] as unknown as Make[],
  limiter: (() => rateLimit({ limit: 8, skip: isAgain })) as unknown as Make,
}
