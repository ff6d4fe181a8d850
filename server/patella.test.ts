import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import express from 'express'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createTab, type Tab } from './host/tab.ts'
import { createPatella, defineReflex, html, memory, type PatellaOptions, type SessionStore } from './index.ts'

const secret = 'x'.repeat(32)
const cleanUp: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

/** A logger whose lines can be read. */
function journal() {
  const lines: string[] = []
  const line = (text: string) => void lines.push(text)
  return { lines, logger: { debug: line, info: line, warn: line, error: line } }
}

async function serve(options: PatellaOptions = {}) {
  const patella = createPatella({ secret, reflexes: [counter], logger: false, ...options })
  patella.page(
    '/page',
    ({ session }) => html`<title>Page</title><main id="main" data-reflex-root>${session.count ?? 0}</main>`,
  )
  const server = await patella.listen(0, '127.0.0.1')
  cleanUp.push(() => patella.close())
  return { patella, server, origin: originOf(server) }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function tabOn(origin: string): Tab {
  const tab = createTab(origin)
  cleanUp.push(() => tab.close())
  return tab
}

describe('createPatella', () => {
  it('refuses to start in production without a secret, or with a weak one', () => {
    for (const [given, code] of [
      [undefined, 'secret_missing'],
      [[], 'secret_missing'],
      ['', 'secret_missing'],
      ['short', 'secret_weak'],
      [[secret, 'short'], 'secret_weak'],
    ] as const) {
      expect(() => createPatella({ secret: given, production: true, logger: false })).toThrow(
        expect.objectContaining({ code }),
      )
    }
  })

  it('starts in development without one, and says so', () => {
    const { lines, logger } = journal()
    createPatella({ logger, production: false })
    expect(lines.join()).toMatch(/No secret\..*SESSION_SECRET/)
  })

  it.each([
    [{ rate: 'x' }],
    [{ rate: 0 }],
    [{ frame: Number.NaN }],
    [{ speed: 1 }],
    [{ action: Infinity }],
    [{ ping: 2 ** 31 }],
  ])('refuses limits %j', (limits) => {
    expect(() => createPatella({ secret, logger: false, limits: limits as never })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
  })

  it('warns in production of sessions that other processes do not see', () => {
    for (const session of [{}, { store: memory() }]) {
      const { lines, logger } = journal()
      createPatella({ secret, logger, production: true, session })
      expect(lines.join()).toMatch(/memory/)
    }
  })

  it.each([
    [{ path: 'patella' }],
    [{ path: '/' }],
    [{ basePath: '/shop/' }],
    [{ origins: ['app.example.com'] }],
    [{ origins: ['https://app.example.com/'] }],
  ])('refuses %j', (options) => {
    expect(() => createPatella({ secret, logger: false, ...options })).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    )
  })

  it('logs a refused origin once, whatever was refused: the cable, the quiet request, a form', async () => {
    const { lines, logger } = journal()
    const { origin } = await serve({ logger, production: true })
    const headers = { origin: 'https://evil.example' }
    const urls = ['/patella/session', '/patella/action/counter/increment', '/patella/session']
    const statuses = urls.map(async (url) => (await fetch(origin + url, { method: 'POST', headers })).status)
    expect(await Promise.all(statuses)).toEqual([403, 403, 403])
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/patella/cable`, { headers })
    const [error] = await once(socket, 'error')
    expect(error.message).toMatch(/403/)
    const told = lines.filter((line) => line.includes('https://evil.example'))
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(origin)
  })

  it('is not ready while its store cannot be reached, and is alive all the same', async () => {
    const store = memory()
    let reachable = false
    const read: SessionStore['read'] = (...args) => {
      if (!reachable) throw new Error('connect ECONNREFUSED')
      return store.read(...args)
    }
    const { origin } = await serve({ session: { store: { ...store, read } } })
    const ask = async (name: string) => (await fetch(`${origin}/patella/${name}`)).status
    expect([await ask('ready'), await ask('health')]).toEqual([503, 200])
    reachable = true
    expect(await ask('ready')).toBe(200)
  })

  it('writes one line for each reflex, to pino as to console', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(JSON.parse(chunk).msg)
        done()
      },
    })
    const { origin } = await serve({ logger: pino(sink) })
    const tab = tabOn(origin)
    await tab.connect()
    await tab.send('counter#increment')
    expect(lines.filter((line) => line.startsWith('patella: counter'))).toEqual([
      expect.stringMatching(/^patella: counter#increment page \d+ B \d+\.\d ms session [\w-]{12}$/),
    ])
  })
})

describe('stats', () => {
  it('tells of connections, of sessions and of the store', async () => {
    const { patella, origin } = await serve()
    const tab = tabOn(origin)
    await tab.fetch('/page')
    await tab.connect()
    await tab.send('counter#increment')
    const { connections, sessions } = patella.stats()
    expect(connections).toBe(1)
    expect(sessions).toMatchObject({
      loads: 1,
      reads: 1,
      commits: 1,
      conflicts: 0,
      store: { name: 'memory', entries: 1 },
    })
    expect(JSON.parse(JSON.stringify(patella.stats()))).toEqual(patella.stats())
  })
})

describe('trouble of the server', () => {
  const broken = (): SessionStore => ({
    ...memory(),
    read: () => {
      throw new Error('connect ECONNREFUSED redis://:s3cret@10.0.0.3')
    },
  })

  it('is logged under an id, of which alone a visitor in production is told', async () => {
    const { lines, logger } = journal()
    const { origin } = await serve({ production: true, logger, session: { store: broken() } })
    const response = await tabOn(origin).fetch('/page')
    const body = await response.text()
    expect([response.status, body]).toEqual([
      503,
      expect.stringMatching(/^Service Unavailable: session_store_failed \S+\n$/),
    ])
    const id = body.trim().split(' ').at(-1) as string
    expect(lines.find((line) => line.includes(id))).toContain('s3cret')
  })

  it('is shown in development', async () => {
    const { origin } = await serve({ production: false, session: { store: broken() } })
    expect(await (await tabOn(origin).fetch('/page')).text()).toContain('ECONNREFUSED')
  })

  it('includes a session that cannot be stored, whose key the log names', async () => {
    const { lines, logger } = journal()
    const { patella, origin } = await serve({ production: true, logger })
    patella.page('/map', ({ session }) => {
      session.cart = new Map()
      return 'x'
    })
    const response = await tabOn(origin).fetch('/map')
    expect(response.status).toBe(500)
    expect(await response.text()).toMatch(/^Internal Server Error: session_not_serializable \S+\n$/)
    expect(lines.join()).toContain('cart')
  })

  it('in the logger itself takes no answer with it', async () => {
    const fail = () => {
      throw new Error('disk full')
    }
    const { origin } = await serve({ logger: { debug: fail, info: fail, warn: fail, error: fail } })
    const tab = tabOn(origin)
    await tab.connect()
    expect((await tab.send('counter#increment'))[1][0][1]).toContain('>1<')
  })
})

describe('listen', () => {
  it('names a taken port and the way out', async () => {
    const { server } = await serve()
    const { port } = server.address() as AddressInfo
    const other = createPatella({ secret, logger: false })
    await expect(other.listen(port, '127.0.0.1')).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(String(port)),
    })
  })
})

describe('close', () => {
  it('lets the process go: tabs told to come back, the port free, twice the same', async () => {
    const { patella, server, origin } = await serve()
    const tab = tabOn(origin)
    await tab.connect()
    await Promise.all([patella.close(), patella.close()])
    const farewell = { type: 'disconnect', reason: 'server_restart', reconnect: true }
    await expect.poll(() => tab.frames.at(-1)).toEqual(farewell)
    expect(server.listening).toBe(false)
    await expect(patella.listen(0)).rejects.toMatchObject({ code: 'server_closing' })
  })

  it('answers the pages that are under way', async () => {
    const { patella, origin } = await serve()
    let began: (() => void) | undefined
    let finish: (() => void) | undefined
    const rendering = new Promise<void>((resolve) => {
      began = resolve
    })
    patella.page('/slow', async ({ session }) => {
      session.seen = true
      began?.()
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return 'done'
    })
    const answer = tabOn(origin).fetch('/slow')
    await rendering
    const closed = patella.close()
    finish?.()
    expect(await (await answer).text()).toBe('done')
    await closed
  })

  it('leaves a server that is not its own open, and gives its upgrades back', async () => {
    const patella = createPatella({ secret, logger: false })
    const server = createServer((_request, response) => response.end('app'))
    const { emit } = server
    patella.attach(server)
    expect(server.emit).not.toBe(emit)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => server.close())
    await patella.close()
    expect(server.emit).toBe(emit)
    expect(server.listenerCount('upgrade')).toBe(0)
    expect(await (await fetch(originOf(server))).text()).toBe('app')
  })
})

describe('session(request)', () => {
  async function app(routes: (app: express.Express, patella: ReturnType<typeof createPatella>) => void) {
    const patella = createPatella({ secret, logger: false })
    const host = express()
    host.use(patella.express())
    routes(host, patella)
    const server = await new Promise<Server>((resolve) => {
      const listening = host.listen(0, '127.0.0.1', () => resolve(listening))
    })
    cleanUp.push(async () => {
      await patella.close()
      server.closeAllConnections()
      server.close()
    })
    return originOf(server)
  }

  it('throws session_closed for a write after the headers went out', async () => {
    let late: unknown
    const origin = await app((host, patella) => {
      host.post('/late', async (request, response) => {
        const session = await patella.session(request)
        session.early = 1
        response.on('finish', () => {
          try {
            session.late = 1
          } catch (error) {
            late = error
          }
        })
        response.send('ok')
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
    })
    const tab = tabOn(origin)
    await tab.fetch('/late', { method: 'POST' })
    expect(await (await tab.fetch('/read')).json()).toEqual({ early: 1 })
    expect(late).toMatchObject({ code: 'session_closed' })
  })

  it('merges what two GETs at once changed, key by key', async () => {
    const both: (() => void)[] = []
    const origin = await app((host, patella) => {
      host.get('/set/:key', async (request, response) => {
        const session = await patella.session(request)
        session[request.params.key] = 1
        await new Promise<void>((resolve) => {
          both.push(resolve)
          if (both.length === 2) for (const go of both) go()
        })
        response.json({ ...session })
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
    })
    const tab = tabOn(origin)
    await tab.fetch('/read')
    await Promise.all([tab.fetch('/set/a'), tab.fetch('/set/b')])
    expect(await (await tab.fetch('/read')).json()).toEqual({ a: 1, b: 1 })
  })

  it('of a page that a login overtakes leaves the browser the new id', async () => {
    let began: (() => void) | undefined
    let finish: (() => void) | undefined
    const rendering = new Promise<void>((resolve) => {
      began = resolve
    })
    const origin = await app((host, patella) => {
      host.get('/slow', async (request, response) => {
        const session = await patella.session(request)
        session.visits = (session.visits ?? 0) + Number(request.query.add ?? 0)
        began?.()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        response.send('slow')
      })
      host.post('/login', async (request, response) => {
        const session = await patella.session(request)
        session.user = 'ann'
        session.regenerate()
        response.end()
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
    })
    for (const add of [0, 1]) {
      const tab = tabOn(origin)
      await tab.fetch('/read')
      const slow = tab.fetch(`/slow?add=${add}`)
      await rendering
      await tab.fetch('/login', { method: 'POST' })
      finish?.()
      const response = await slow
      expect([response.status, response.headers.getSetCookie()]).toEqual([200, []])
      expect(await (await tab.fetch('/read')).json()).toMatchObject({ user: 'ann' })
    }
  })

  it('gives a held session back when the client goes away before the answer', async () => {
    let began: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      began = resolve
    })
    const origin = await app((host, patella) => {
      host.post('/hang', async (request) => {
        await patella.session(request)
        began?.()
      })
      host.post('/count', async (request, response) => {
        const session = await patella.session(request)
        session.count = (session.count ?? 0) + 1
        response.send(String(session.count))
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
    })
    const tab = tabOn(origin)
    await tab.fetch('/read')
    const leaving = new AbortController()
    const hanging = tab.fetch('/hang', { method: 'POST', signal: leaving.signal })
    await held
    leaving.abort()
    await expect(hanging).rejects.toThrow()
    expect(await (await tab.fetch('/count', { method: 'POST' })).text()).toBe('1')
  })

  it('opened after the response began brings no cookie, keeps nothing, and ends nothing', async () => {
    const origin = await app((host, patella) => {
      host.all('/begun', async (request, response) => {
        response.write('begun ')
        const session = await patella.session(request)
        try {
          session.count = 1
        } catch (error) {
          response.write((error as { code: string }).code)
        }
        response.end()
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
    })
    const tab = tabOn(origin)
    await tab.fetch('/read')
    for (const method of ['GET', 'POST'])
      expect(await (await tab.fetch('/begun', { method })).text()).toBe('begun session_closed')
    expect(await (await tab.fetch('/read')).json()).toEqual({})
  })

  it('is given up by a client that goes away while it waits for it', async () => {
    let began: (() => void) | undefined
    let finish: (() => void) | undefined
    let gone: (() => void) | undefined
    const first = new Promise<void>((resolve) => {
      began = resolve
    })
    const second = new Promise<void>((resolve) => {
      gone = resolve
    })
    const origin = await app((host, patella) => {
      host.post('/slow', async (request, response) => {
        await patella.session(request)
        began?.()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        response.end()
      })
      host.post('/leave', async (request, response) => {
        response.on('close', () => gone?.())
        await patella.session(request).catch(() => {})
      })
      host.get('/read', async (request, response) => void response.json({ ...(await patella.session(request)) }))
      host.post('/after', async (request, response) => {
        const session = await patella.session(request)
        session.after = true
        response.end('after')
      })
    })
    const tab = tabOn(origin)
    await tab.fetch('/read')
    const slow = tab.fetch('/slow', { method: 'POST' })
    await first
    const leaving = new AbortController()
    const left = tab.fetch('/leave', { method: 'POST', signal: leaving.signal }).catch(() => {})
    leaving.abort()
    await Promise.race([second, left])
    finish?.()
    await slow
    expect(await (await tab.fetch('/after', { method: 'POST' })).text()).toBe('after')
  })

  it('says what is missing when the request did not pass through Patella', async () => {
    const patella = createPatella({ secret, logger: false })
    const answered = new Promise((resolve) => {
      const server = createServer((request, response) => {
        resolve(patella.session(request).catch((error) => error))
        response.end()
      })
      cleanUp.push(() => server.close())
      server.listen(0, '127.0.0.1', () => void fetch(originOf(server)))
    })
    expect(await answered).toMatchObject({ code: 'middleware_missing' })
  })
})

describe('pages', () => {
  it('have parameters, answer a Response as it is, and hide errors in production', async () => {
    const { patella, origin } = await serve({ production: true })
    patella.page('/posts/:id', ({ params, url }) => html`<p>${params.id} ${url.searchParams.get('q')}</p>`)
    patella.page('/teapot', () => new Response('short', { status: 418, headers: { 'x-stout': 'yes' } }))
    patella.page('/broken', () => {
      throw new Error('canary')
    })
    const tab = tabOn(origin)
    expect(await (await tab.fetch('/posts/%3Cb%3E?q=%26')).text()).toBe('<p>&lt;b&gt; &amp;</p>')
    const teapot = await tab.fetch('/teapot')
    expect([teapot.status, teapot.headers.get('x-stout'), await teapot.text()]).toEqual([418, 'yes', 'short'])
    const broken = await tab.fetch('/broken')
    expect(broken.status).toBe(500)
    expect(await broken.text()).not.toContain('canary')
    expect((await tab.fetch('/posts/%E0%A4%A')).status).toBe(404)
  })

  it('share one context per request, made from the session as it is', async () => {
    const { origin } = await serve({
      context: ({ session, url }) => ({ who: `${session.count ?? 0}@${url.pathname}` }),
      reflexes: [counter],
    })
    const tab = tabOn(origin)
    await tab.connect()
    expect((await tab.send('counter#increment'))[1][0][1]).toContain('>1<')
  })

  it('have the URL of their own origin, whatever Host and path say', async () => {
    const { patella, server } = await serve()
    patella.page('/*any', ({ url }) => url.href)
    const { port } = server.address() as AddressInfo
    for (const [line, host, expected] of [
      ['GET /a?b=1 HTTP/1.1', 'shop.example:80', 'http://shop.example/a?b=1'],
      ['GET //evil.example/x HTTP/1.1', 'shop.example', 'http://shop.example//evil.example/x'],
      ['GET /a HTTP/1.1', 'a b', 'http://localhost/a'],
      ['GET /a HTTP/1.1', 'a:99999', 'http://localhost/a'],
      ['GET /a HTTP/1.0', undefined, 'http://localhost/a'],
    ] as const) {
      const socket = connect(port, '127.0.0.1')
      socket.end(`${line}\r\n${host === undefined ? '' : `Host: ${host}\r\n`}Connection: close\r\n\r\n`)
      const answer = await text(socket)
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(answer).toContain(expected)
    }
  })

  it('renew the cookie with each visit', async () => {
    const { origin } = await serve()
    const tab = tabOn(origin)
    const first = await tab.fetch('/page')
    const again = await tab.fetch('/page')
    expect(again.headers.getSetCookie()).toEqual(first.headers.getSetCookie())
    expect(again.headers.getSetCookie().join()).toMatch(/Max-Age=1209600/)
  })
})

describe('a page that changes the id itself', () => {
  it('hands the new id over as an action does', async () => {
    const { patella, origin } = await serve()
    patella.page('/private', ({ session }) => {
      if (session.count === 1) session.regenerate()
      return html`<main id="main" data-reflex-root>${session.count ?? 0}</main>`
    })
    const tab = tabOn(origin)
    await tab.fetch('/private')
    await tab.connect()
    const [n, [[, shown]], { h }] = await tab.send('counter#increment', { url: '/private' })
    expect(shown).toContain('>1<')
    expect((await tab.quiet({ t: tab.id, n, h })).status).toBe(204)
    await tab.connect()
    expect((await tab.send('counter#increment', { url: '/private' }))[1][0][1]).toContain('>2<')
  })
})

describe('a tab whose session ended elsewhere', () => {
  it('is sent away, and comes back with the present cookie', async () => {
    const auth = defineReflex('auth', { login: ({ session }) => session.regenerate() })
    const { origin } = await serve({ reflexes: [counter, auth] })
    const mine = tabOn(origin)
    await mine.fetch('/page')
    const other = tabOn(origin)
    for (const [name, value] of mine.cookies) other.cookies.set(name, value)
    await Promise.all([mine.connect(), other.connect()])
    const [n, , { h }] = await mine.send('auth#login')
    await expect
      .poll(() => other.frames.at(-1))
      .toEqual({ type: 'disconnect', reason: 'session_changed', reconnect: true })
    expect((await mine.quiet({ t: mine.id, n, h })).status).toBe(204)
    expect((await other.quiet({ t: other.id, n, h })).status).toBe(403)
  })
})
