import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import fastifySession from '@fastify/session'
import express from 'express'
import expressSession from 'express-session'
import Fastify from 'fastify'
import { jwtVerify, SignJWT } from 'jose'
import { Passport } from 'passport'
import { Strategy } from 'passport-local'
import { afterEach, describe, expect, it } from 'vitest'
import { html } from '../page/html.ts'
import { createPatella } from '../patella.ts'
import { action, defineReflex, type Reflex } from '../reflex/define.ts'
import { createTab, type Tab } from './tab.ts'

const secret = 'x'.repeat(32)
const options = { secret, logger: false as const }

type Reflexes = Reflex<string, any>[]

/** An app whose own session middleware says who is acting. */
interface App {
  readonly name: string
  /** The cookie of its sessions. */
  readonly cookie: string
  start(reflexes: Reflexes): Promise<Server>
  /** As its routes do it. */
  login(request: any, name: string): Promise<unknown>
  logout(request: any): Promise<unknown>
}

const byPassport = {
  cookie: 'connect.sid',
  login: (request: any, name: string) => promisify(request.login).call(request, { name }),
  logout: (request: any) => promisify(request.logout).call(request),
}

const apps: readonly App[] = [
  { name: 'Passport, use: [session(), passport.session()]', ...byPassport, start: (all) => startExpress(all, 'list') },
  { name: 'Passport, a page of Patella’s own', ...byPassport, start: (all) => startExpress(all, 'page') },
  { name: "Passport, use: 'host'", ...byPassport, start: (all) => startExpress(all, 'host') },
  {
    name: "@fastify/session, use: 'host'",
    cookie: 'sessionId',
    start: startFastify,
    async login(request, name) {
      await request.session.regenerate()
      request.session.user = { name }
    },
    logout: (request) => request.session.destroy(),
  },
]

describe.each(apps)('$name', (app) => {
  const open = async () => visit(await app.start(reflexesOf(app)))

  it('lets nobody in but who has logged in, whose request is not refused for good', async () => {
    const tab = await open()
    await tab.connect()
    expect((await tab.send('notes#add', { n: 1, args: ['one'] })).slice(0, 2)).toEqual([1, 'unauthorized'])
    await login(tab, 'ann')
    await tab.connect()
    expect(shown(await tab.send('notes#add', { n: 1, args: ['one'] }))).toBe('ann: one')
  })

  it('keeps what an action writes to the session, before it is answered', async () => {
    const tab = await open()
    await login(tab, 'ann')
    await tab.connect()
    expect(shown(await tab.send('notes#add', { args: ['one'] }))).toBe('ann: one')
    expect(shown(await tab.send('notes#add', { args: ['two'] }))).toBe('ann: one, two')
    expect(await reload(tab)).toBe('ann: one, two')
  })

  it.each([
    ['notes#addAndForbid', 'forbidden'],
    ['notes#addAndThrow', 'error'],
    ['notes#addAndHalt', 'halted'],
  ])('%s is %s, and the session keeps what it should', async (target, status) => {
    const tab = await open()
    await login(tab, 'ann')
    await tab.connect()
    expect((await tab.send(target))[1]).toBe(status)
    expect(await reload(tab)).toBe(status === 'halted' ? 'ann: halted' : 'ann: ')
  })

  it('logs in and out inside of actions; the browser gets the cookie that only it may hold', async () => {
    const tab = await open()
    await tab.connect()
    const reply = await tab.send('account#login', { args: ['bob'] })
    expect(shown(reply)).toBe('bob: ')
    expect(await handOver(tab, reply)).toMatch(/HttpOnly/)
    const first = tab.cookies.get(app.cookie)
    expect(first).toBeDefined()
    expect(await reload(tab)).toBe('bob: ')

    await tab.connect()
    await tab.send('notes#add', { args: ['one'] })
    const left = await tab.send('account#logout')
    expect(shown(left)).toBe('nobody: ')
    await handOver(tab, left)
    expect(await reload(tab)).toBe('nobody: ')
    await tab.connect()
    expect((await tab.send('notes#add', { args: ['two'] }))[1]).toBe('unauthorized')
  })

  it('is who sends a form without JavaScript as well', async () => {
    const tab = await open()
    const headers = { origin: tab.origin, 'content-type': 'application/x-www-form-urlencoded' }
    const submit = () => tab.fetch('/patella/action/notes/addAndHalt?page=/page', { method: 'POST', headers, body: '' })
    expect((await submit()).status).toBe(401)
    await login(tab, 'ann')
    expect((await submit()).status).toBe(303)
    expect(await reload(tab)).toBe('ann: halted')
  })

  it('is told apart in two browsers', async () => {
    const one = await open()
    const other = createTab(one.origin)
    closing.push(other.close)
    await login(one, 'ann')
    await login(other, 'bob')
    await Promise.all([one.connect(), other.connect()])
    const replies = await Promise.all([one, other].map((tab) => tab.send('notes#add', { args: ['own'] })))
    expect(replies.map(shown)).toEqual(['ann: own', 'bob: own'])
  })
})

it('a tab that knows nothing of a login does not undo it, in an app that gives every visitor a session', async () => {
  const app = express()
  app.use(createPatella({ ...options, reflexes: reflexesOf(byPassport) }).express())
  app.use(expressSession({ secret, resave: false, saveUninitialized: true }))
  app.get('/page', ({ session }: any, response) => void response.send(document(session.name)))
  app.post('/login', (request: any, response, next) =>
    request.session.regenerate((error: unknown) => {
      request.session.name = 'ann'
      if (error) next(error)
      else response.redirect('/page')
    }),
  )
  const tab = await visit(await listening(app))
  await tab.connect()
  await login(tab, 'ann')
  const unaware = await tab.send('')
  expect(shown(unaware)).toBe('nobody: ')
  await handOver(tab, unaware)
  expect(await reload(tab)).toBe('ann: ')
})

describe('a JWT in a cookie', () => {
  const key = new TextEncoder().encode(secret)
  const tokenOf = (name: string, expires: string, signed = key) =>
    new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject(name).setExpirationTime(expires).sign(signed)

  const whoami = defineReflex(
    'whoami',
    {
      say: ({ context }) => (context as { user?: string }).user,
      saySlowly: action({ session: 'snapshot' }, ({ context }) => (context as { user?: string }).user),
    },
    { authorize: ({ context }) => 'user' in context || 'unauthorized' },
  )

  async function open(): Promise<Tab> {
    const patella = createPatella({
      ...options,
      reflexes: [whoami],
      context: ({ cookies }) => userOf(cookies.token),
    })
    const app = express()
    app.use(patella.express())
    app.get('/page', (_request, response) => void response.send(document()))
    app.post('/renew', async (_request, response) => {
      response.cookie('token', await tokenOf('ann', '1h'), { httpOnly: true }).sendStatus(204)
    })
    return visit(await listening(app))
  }

  async function userOf(token = ''): Promise<{ user?: string }> {
    return jwtVerify(token, key).then(
      ({ payload }) => ({ user: String(payload.sub) }),
      () => ({}),
    )
  }

  it.each([
    ['missing', 'say', async () => undefined],
    ['expired', 'say', () => tokenOf('ann', '-1s')],
    ['forged', 'say', () => tokenOf('ann', '1h', new TextEncoder().encode('y'.repeat(32)))],
    ['missing', 'saySlowly', async () => undefined],
  ])(
    'is %s for %s: unauthorized, until a route renews it and the tab sends its request again',
    async (_, name, make) => {
      const tab = await open()
      const token = await make()
      if (token !== undefined) tab.cookies.set('token', token)
      await tab.connect()
      expect((await tab.send(`whoami#${name}`, { n: 1 })).slice(0, 2)).toEqual([1, 'unauthorized'])
      await tab.fetch('/renew', { method: 'POST' })
      await tab.connect()
      expect((await tab.send(`whoami#${name}`, { n: 1 }))[2]).toMatchObject({ r: 'ann' })
    },
  )
})

function reflexesOf(app: Pick<App, 'login' | 'logout'>): Reflexes {
  const notes = defineReflex(
    'notes',
    {
      add({ request: { session } }, text: string) {
        session.notes = [...(session.notes ?? []), text]
      },
      addAndForbid({ request, forbid }) {
        request.session.notes = ['forbidden']
        forbid()
      },
      addAndThrow({ request }) {
        request.session.notes = ['thrown']
        throw new Error('after the change')
      },
      addAndHalt({ request, halt }) {
        request.session.notes = ['halted']
        halt()
      },
    },
    { authorize: ({ request }) => request.user != null || 'unauthorized' },
  )
  const account = defineReflex('account', {
    login: async ({ request }, name: string) => void (await app.login(request, name)),
    logout: async ({ request }) => void (await app.logout(request)),
  })
  return [notes, account]
}

/** As Passport's guide has it, with Patella before the session middleware, or after it for `'host'`. */
async function startExpress(reflexes: Reflexes, kind: 'list' | 'page' | 'host'): Promise<Server> {
  const passport = new Passport()
  passport.use(new Strategy((name, password, done) => done(null, password === 'secret' && { name })))
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name))
  passport.deserializeUser((name: string, done) => done(null, { name }))
  const identify = [expressSession({ secret, resave: false, saveUninitialized: false }), passport.session()]
  const patella = createPatella({ ...options, reflexes, use: kind === 'host' ? 'host' : identify })
  const page = ({ user, session }: any) => document(user?.name, session.notes)

  const app = express()
  if (kind === 'page') patella.page('/page', ({ request }) => page(request))
  if (kind !== 'host') app.use(patella.express())
  app.use(...identify)
  if (kind === 'host') app.use(patella.express())
  app.get('/page', (request, response) => void response.send(page(request)))
  app.post('/login', express.urlencoded(), passport.authenticate('local', { successRedirect: '/page' }))
  return listening(app)
}

async function startFastify(reflexes: Reflexes): Promise<Server> {
  const app = Fastify()
  app.register(createPatella({ ...options, reflexes, use: 'host' }).fastify())
  app.register(formbody)
  app.register(cookie)
  app.register(fastifySession, { secret, saveUninitialized: false, cookie: { secure: false } })
  app.addHook('preHandler', async (request: any) => {
    request.user = request.session.user
  })
  app.get('/page', async ({ user, session }: any, reply) =>
    reply.type('text/html').send(document(user?.name, session.notes)),
  )
  app.post('/login', async (request: any, reply) => {
    await request.session.regenerate()
    request.session.user = { name: request.body.username }
    return reply.redirect('/page')
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => app.close())
  return app.server
}

function listening(app: express.Express): Promise<Server> {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server))
    closing.push(() => server.close())
  })
}

/** What has to end after each test: tabs before servers. */
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function visit(server: Server): Promise<Tab> {
  const tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  closing.push(tab.close)
  await tab.fetch('/page')
  return tab
}

function document(name = 'nobody', notes: readonly string[] = []): string {
  const text = `${name}: ${notes.join(', ')}`
  return String(html`<!doctype html><title>Notes</title><main id="main" data-reflex-root>${text}</main>`)
}

async function login(tab: Tab, username: string): Promise<void> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `username=${username}&password=secret`
  expect((await tab.fetch('/login', { method: 'POST', headers, body })).status).toBe(302)
}

async function reload(tab: Tab): Promise<string> {
  return mainOf(await (await tab.fetch('/page')).text())
}

/** The text of the page that a reply brings. */
function shown([, patches]: any[]): string {
  return mainOf(String(patches?.[0]?.[1]))
}

function mainOf(text: string): string {
  return /<main[^>]*>([^<]*)</.exec(text)?.[1] ?? text
}

/** Fetches the cookies that a reply tells of, as the client does; gives back their Set-Cookie lines. */
async function handOver(tab: Tab, [n, , more]: any[]): Promise<string> {
  const handed = await tab.quiet({ t: tab.id, n, h: more?.h })
  expect(handed.status).toBe(204)
  return handed.headers.getSetCookie().join('\n')
}
