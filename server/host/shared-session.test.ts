import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import ConnectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import Fastify from 'fastify'
import createMemoryStore from 'memorystore'
import { Passport } from 'passport'
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../../scripts/services/postgres.mjs'
import { startRedis } from '../../scripts/services/redis.mjs'
import type { Service } from '../../scripts/services/service.mjs'
import { html } from '../page/html.ts'
import { createPatella } from '../patella.ts'
import { defineReflex } from '../reflex/define.ts'
import { expressSession as shared } from '../session/stores/express-session.ts'
import { createTab, type Tab } from './tab.ts'

const secret = 'keyboard cat, long enough for both'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})
const account = defineReflex('account', {
  login({ session }, name: string) {
    session.regenerate()
    session.passport = { user: name }
    session.user = name
  },
  logout: ({ session }) => session.destroy(),
})
const options = { secret, reflexes: [counter, account], logger: false as const }

/** An app that has its own session middleware, and shares its sessions with reflexes. */
const apps = [
  { name: 'express-session and Passport, connect-redis', key: 'connect.sid', start: () => startExpress() },
  {
    name: 'express-session, memorystore',
    key: 'connect.sid',
    start: () => startExpress({ store: new MemoryStore({}) }),
  },
  { name: 'express-session, connect-pg-simple', key: 'connect.sid', start: startOnPostgres },
  { name: '@fastify/session, MemoryStore', key: 'sessionId', start: startFastify },
]

const MemoryStore = createMemoryStore(session)
let postgres: Service
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

async function startOnPostgres(): Promise<Server> {
  const pool = new pg.Pool({ connectionString: postgres.url })
  const store = new (ConnectPgSimple(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
  closing.push(() => pool.end())
  return startExpress({ store })
}

describe.each(apps)('$name', ({ key, start }) => {
  it('a session that a route began is the reflexes’ own, and what they write the route reads', async () => {
    const tab = await visit(await start())
    await plain(tab, '/add')
    const before = idIn(tab)
    await tab.connect()
    const reply = await tab.send('counter#increment')
    expect(shown(reply)).toBe('nobody 2')
    // A cookie that the browser has already is not handed over, however it is written.
    expect(JSON.stringify(reply)).not.toContain('"h":')
    await plain(tab, '/add')
    expect(shown(await tab.send('counter#increment'))).toBe('nobody 4')
    expect(await reload(tab)).toBe('nobody 4')
    expect(idIn(tab)).toBe(before)
  })

  it('one that Patella began is the routes’ own', async () => {
    const tab = await visit(await start())
    await tab.connect()
    const before = idIn(tab)
    expect(before).not.toBe('')
    expect(shown(await tab.send('counter#increment'))).toBe('nobody 1')
    await plain(tab, '/add')
    expect(await reload(tab)).toBe('nobody 2')
    expect(idIn(tab)).toBe(before)
  })

  it('a login by a route: the tab is cut, comes back with the new cookie, and goes on', async () => {
    const tab = await visit(await start())
    await plain(tab, '/add')
    await tab.connect()
    await tab.send('counter#increment')
    const [before, cut] = [tab.cookies.get(key), tab.next('disconnect')]
    await plain(tab, '/login')
    expect((await cut).reason).toBe('session_changed')
    expect(tab.cookies.get(key)).not.toBe(before)
    await tab.connect()
    expect(shown(await tab.send('counter#increment'))).toBe('ann 1')
    expect(await reload(tab)).toBe('ann 1')
    await old(tab, key, before)
  })

  it('a logout by a route: a socket that still speaks for the old id runs nothing', async () => {
    const server = await start()
    const tab = await visit(server)
    await plain(tab, '/login')
    await tab.connect()
    const before = tab.cookies.get(key)
    const cut = tab.next('disconnect')
    await plain(tab, '/logout')
    await cut
    const thief = await visit(server)
    thief.cookies.set(key, before as string)
    await thief.connect()
    expect((await thief.send('counter#increment'))[1]).toBe('stale')
    await old(tab, key, before)
  })

  it('a login in an action: the page after it knows the user, the browser gets an id that routes know', async () => {
    const tab = await visit(await start())
    await plain(tab, '/add')
    await tab.connect()
    const before = tab.cookies.get(key)
    const reply = await tab.send('account#login', { args: ['bob'] })
    expect(shown(reply)).toBe('bob 1')
    const handed = await tab.quiet({ t: tab.id, n: reply[0], h: reply.at(-1).h })
    expect(handed.headers.get('set-cookie')).toContain('HttpOnly')
    await tab.connect()
    expect(shown(await tab.send('counter#increment'))).toBe('bob 2')
    expect(await reload(tab)).toBe('bob 2')
    await old(tab, key, before)
  })

  it('a logout in an action leaves an id that routes go on with', async () => {
    const tab = await visit(await start())
    await plain(tab, '/login')
    await tab.connect()
    const reply = await tab.send('account#logout')
    expect(shown(reply)).toBe('nobody 0')
    await tab.quiet({ t: tab.id, n: reply[0], h: reply.at(-1).h })
    const after = idIn(tab)
    await plain(tab, '/add')
    expect(idIn(tab)).toBe(after)
    expect(await reload(tab)).toBe('nobody 1')
  })

  it('ten tabs lose nothing of what they do at once', async () => {
    const server = await start()
    const first = await visit(server)
    await plain(first, '/add')
    const tabs = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const tab = createTab(first.origin, { cookies: first.cookies })
        closing.push(tab.close)
        await tab.connect()
        return tab
      }),
    )
    for (let n = 0; n < 10; n++) await Promise.all(tabs.map((tab) => tab.send('counter#increment')))
    expect(await reload(first)).toBe('nobody 101')
  })

  /** Libraries do not escape the same characters. */
  function idIn(tab: Tab): string {
    return decodeURIComponent(tab.cookies.get(key) ?? '')
  }

  /** An id of before is nobody's: not of who has logged in, nor with what was there. */
  async function old(tab: Tab, name: string, value: string | undefined): Promise<void> {
    const answer = await tab.fetch('/page', { headers: { cookie: `${name}=${value}` } })
    expect(mainOf(await answer.text())).toBe('nobody 0')
  }
})

it('an older secret of the app still opens sessions; another’s signature does not', async () => {
  const kept = await startRedis()
  closing.push(() => kept.stop())
  const tab = await visit(await startExpress({ kept, secret: ['a new secret of thirty-two characters', secret] }))
  const before = await visit(await startExpress({ kept }))
  await plain(before, '/add')
  const value = before.cookies.get('connect.sid') ?? ''
  for (const [cookie, count] of [
    [value, 'nobody 2'],
    [value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'nobody 1'],
  ] as const) {
    tab.cookies.set('connect.sid', cookie)
    await tab.connect()
    expect(shown(await tab.send('counter#increment'))).toBe(count)
  }
})

it('compress is refused: routes could not read what is stored', () => {
  const store = shared(new session.MemoryStore())
  expect(() => createPatella({ ...options, session: { store, compress: true } })).toThrow('session.compress')
})

interface ExpressOptions {
  readonly secret?: string | string[]
  /** The Redis where sessions are; absent: one of its own. */
  readonly kept?: Service
  /** In its stead. */
  readonly store?: session.Store
}

async function startExpress({ secret: own = secret, kept, store }: ExpressOptions = {}): Promise<Server> {
  return serve(store ?? (await redisStore(kept)), own)
}

async function redisStore(kept: Service | undefined): Promise<session.Store> {
  const redis = kept ?? (await startRedis())
  if (!kept) closing.push(() => redis.stop())
  const client = createClient({ url: redis.url })
  await client.connect()
  closing.push(() => client.close())
  return new RedisStore({ client })
}

async function serve(store: session.Store, own: string | string[]): Promise<Server> {
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, (user as { name: string }).name))
  passport.deserializeUser((name: string, done) => done(null, { name }))
  const patella = createPatella({ ...options, session: { store: shared(store, { secret: own }) } })
  const app = express()
  app.use(session({ store, secret: own, resave: false, saveUninitialized: false }), passport.session())
  app.use(patella.express())
  app.get('/page', ({ user, session }: any, response) => void response.send(document(user?.name, session.count)))
  app.post('/add', ({ session }: any, response) => {
    session.count = (session.count ?? 0) + 1
    response.sendStatus(204)
  })
  app.post('/login', async (request: any, response) => {
    await promisify(request.login).call(request, { name: 'ann' })
    response.sendStatus(204)
  })
  app.post('/logout', async (request: any, response) => {
    await promisify(request.session.destroy).call(request.session)
    response.sendStatus(204)
  })
  return new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
    closing.push(() => listening.close())
  })
}

async function startFastify(): Promise<Server> {
  const store: any = new session.MemoryStore()
  const app = Fastify()
  const patella = createPatella({
    ...options,
    session: { store: shared(store, { cookiePrefix: '' }), key: 'sessionId' },
  })
  app.register(patella.fastify())
  app.register(cookie)
  app.register(fastifySession, { store, secret, saveUninitialized: false, cookie: { secure: false } })
  app.get('/page', async ({ session }: any, reply) =>
    reply.type('text/html').send(document(session.user, session.count)),
  )
  app.post('/add', async ({ session }: any, reply) => {
    session.count = (session.count ?? 0) + 1
    return reply.code(204).send()
  })
  app.post('/login', async (request: any, reply) => {
    await request.session.regenerate()
    request.session.user = 'ann'
    return reply.code(204).send()
  })
  app.post('/logout', async (request: any, reply) => {
    await request.session.destroy()
    return reply.code(204).send()
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => app.close())
  return app.server
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

async function plain(tab: Tab, path: string): Promise<void> {
  expect((await tab.fetch(path, { method: 'POST' })).status).toBe(204)
}

function document(name = 'nobody', count = 0): string {
  return String(html`<!doctype html><title>Count</title><main id="main" data-reflex-root>${name} ${count}</main>`)
}

async function reload(tab: Tab): Promise<string> {
  return mainOf(await (await tab.fetch('/page')).text())
}

function shown([, patches]: any[]): string {
  return mainOf(String(patches?.[0]?.[1]))
}

function mainOf(text: string): string {
  return /<main[^>]*>([^<]*)</.exec(text)?.[1] ?? text
}
