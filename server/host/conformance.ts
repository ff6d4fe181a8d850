import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import { defineReflex, type Reflex } from '../reflex/define.ts'
import { createTab, type Tab } from './tab.ts'

/**
 * A host app under test. In the host's own style it serves what the comments of `hostRoutes` say, with these reflexes.
 */
export interface HostUnderTest {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  close(): Promise<void>
}

/** What a host under test has to serve, besides `hostReflexes`. */
export const hostRoutes = {
  page: 'GET /page: HTML titled "Page", <main id="main" data-reflex-root> with `count:N note:TEXT`, from session.count (0) and locals.note ("")',
  guarded: 'GET /guarded: 401 unless session.user, else the page',
  redirect: 'GET /redirect: 302 to /page',
  broken: 'GET /broken: throws an error whose message holds "canary"',
  json: 'GET /json: application/json',
  stream: 'GET /stream: the page, written in two parts',
  cookie: 'GET /cookie: the page, with Set-Cookie: seen=1',
  order:
    'GET /order: the page, its main holding the header x-first that a middleware before the route set on the response',
  language: 'GET /language: the page, its main holding the request’s accept-language',
  count: 'POST /count: adds 1 to session.count, answers 204',
  login: 'POST /login: session.user = "ann", session.regenerate(), answers 204',
  echo: 'a WebSocket server of its own on /echo, on the same HTTP server',
} as const

export type HostRoute = keyof typeof hostRoutes

export const hostReflexes: readonly Reflex<string, any>[] = [
  defineReflex('counter', {
    increment({ session }) {
      session.count = (session.count ?? 0) + 1
    },
    note({ locals }) {
      locals.note = 'once'
    },
    login({ session }) {
      session.user = 'ann'
      session.regenerate()
    },
  }),
]

export interface HostCase {
  readonly name: string
  /** The route that it needs; a host without it is left out of this row by name. */
  readonly needs: readonly HostRoute[]
  run(host: HostUnderTest): Promise<void>
}

/** The rows that every host passes: Patella's own server, node:http, Express and whatever else. */
export const hostCases: readonly HostCase[] = [
  row('a visit gives the page and a cookie that scripts cannot read', ['page'], async ({ tab }) => {
    const response = await tab.fetch('/page')
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(await response.text(), /count:0 note:/)
    assert.match(response.headers.getSetCookie().join(), /_session=.*HttpOnly/i)
  }),
  row('a reflex changes what a reload shows, before it is answered', ['page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const [n, patches, more] = await tab.send('counter#increment')
    assert.equal(n, 1)
    assert.deepEqual(more, { t: 'Page' })
    assert.match(patches[0][1], /^<main id="main" data-reflex-root>[\s\S]*count:1 note:[\s\S]*<\/main>$/)
    assert.match(await (await tab.fetch('/page')).text(), /count:1/)
  }),
  row('locals reach the one render that follows', ['page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.match((await tab.send('counter#note'))[1][0][1], /note:once/)
    assert.doesNotMatch((await tab.send(''))[1][0][1], /note:once/)
  }),
  row('a tab without a cookie is given one and works', ['page'], async ({ tab }) => {
    await tab.connect()
    assert.match((await tab.send('counter#increment'))[1][0][1], /count:1/)
  }),
  row('a plain route and reflexes share one session', ['page', 'count'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    await tab.send('counter#increment')
    assert.equal((await tab.fetch('/count', { method: 'POST' })).status, 204)
    assert.match((await tab.send('counter#increment'))[1][0][1], /count:3/)
  }),
  row('reflexes and plain writes at once lose nothing', ['page', 'count'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const reflexes = Array.from({ length: 10 }, () => tab.send('counter#increment'))
    const routes = Array.from({ length: 10 }, () => tab.fetch('/count', { method: 'POST' }))
    await Promise.all([...reflexes, ...routes])
    assert.match(await (await tab.fetch('/page')).text(), /count:20/)
  }),
  row(
    'a login by a plain route changes the id; a tab with the old one is told to come back',
    ['page', 'login', 'guarded'],
    async ({ tab }) => {
      await tab.fetch('/page')
      await tab.connect()
      const before = tab.cookies.get('_session')
      await tab.fetch('/login', { method: 'POST' })
      assert.notEqual(tab.cookies.get('_session'), before)
      await tab.connect()
      assert.match((await tab.send('counter#increment', { url: '/guarded' }))[1][0][1], /count:1/)
    },
  ),
  row('a login by a reflex hands the new id over in a quiet request', ['page', 'guarded'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const [n, , more] = await tab.send('counter#login')
    const before = tab.cookies.get('_session')
    const handed = await tab.quiet({ t: tab.id, n, h: more.h })
    assert.equal(handed.status, 204)
    assert.match(handed.headers.getSetCookie().join(), /HttpOnly/i)
    assert.notEqual(tab.cookies.get('_session'), before)
    assert.equal((await tab.quiet({ t: tab.id, n, h: more.h })).status, 403)
    assert.equal((await tab.fetch('/guarded')).status, 200)
  }),
  row("the app's own guard decides what is rendered again", ['page', 'guarded'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.deepEqual((await tab.send('counter#increment', { url: '/guarded' })).slice(0, 2), [1, 'unauthorized'])
  }),
  row(
    'a page that redirects, fails, is missing or no HTML is never morphed in',
    ['page', 'redirect', 'broken', 'json'],
    async ({ tab }) => {
      await tab.fetch('/page')
      await tab.connect()
      assert.deepEqual(await tab.send('', { url: '/redirect' }), [1, 'redirect', { to: '/page' }])
      for (const [url, code] of Object.entries({
        '/broken': 'page_failed',
        '/nowhere': 'page_missing',
        '/json': 'page_not_html',
      })) {
        const [, status, more] = await tab.send('', { url })
        assert.deepEqual([status, more.code], ['error', code], url)
        assert.doesNotMatch(JSON.stringify(more), /canary/)
      }
    },
  ),
  row('a page that streams is rendered again whole', ['page', 'stream'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.match((await tab.send('counter#increment', { url: '/stream' }))[1][0][1], /count:1[\s\S]*<\/main>$/)
  }),
  row('cookies of a route reach a visit, and a render again is still a page', ['cookie'], async ({ tab }) => {
    assert.match((await tab.fetch('/cookie')).headers.getSetCookie().join(), /seen=1/)
    await tab.connect()
    assert.match((await tab.send('counter#increment', { url: '/cookie' }))[1][0][1], /count:1/)
  }),
  row('middleware before the route runs for a render again', ['order', 'language'], async ({ tab }) => {
    await tab.fetch('/order')
    await tab.connect()
    assert.match((await tab.send('', { url: '/order' }))[1][0][1], /first/)
    assert.match((await tab.send('', { url: '/language' }))[1][0][1], />fr-CA</)
  }),
  row('HEAD has the headers of GET and no body; unknown paths are 404', ['page'], async ({ tab }) => {
    const head = await tab.fetch('/page', { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.match(head.headers.get('content-type') ?? '', /^text\/html/)
    assert.equal(await head.text(), '')
    assert.equal((await tab.fetch('/nowhere')).status, 404)
  }),
  row('the script tells the address of the cable and is revalidated', [], async ({ tab }) => {
    const script = await tab.fetch('/patella/client.js')
    assert.equal(script.status, 200)
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/)
    assert.match(await script.text(), /^self\.Patella=\{"path":"\/patella","cable":"\/patella\/cable"\};\n/)
    const etag = script.headers.get('etag') ?? ''
    assert.equal((await tab.fetch('/patella/client.js', { headers: { 'if-none-match': etag } })).status, 304)
    const named = await tab.fetch(`/patella/client-${etag.slice(1, -1)}.js`)
    assert.match(named.headers.get('cache-control') ?? '', /immutable/)
  }),
  row('the cable refuses other origins before it upgrades, and plain requests', [], async ({ tab, origin }) => {
    const cable = `${origin.replace('http', 'ws')}/patella/cable`
    for (const other of ['https://evil.example', 'null', undefined]) {
      assert.equal(await upgradeStatus(cable, other), 403)
    }
    const plain = await tab.fetch('/patella/cable')
    assert.equal(plain.status, 426)
    assert.match(await plain.text(), /upgrade_required/)
  }),
  row('the quiet request is of the same origin only', [], async ({ tab }) => {
    const headers = { 'content-type': 'application/json', origin: 'https://evil.example' }
    assert.equal((await tab.fetch('/patella/session', { method: 'POST', headers, body: '{}' })).status, 403)
    const bare = { 'content-type': 'application/json' }
    assert.equal((await tab.fetch('/patella/session', { method: 'POST', headers: bare, body: '{}' })).status, 403)
    assert.equal((await tab.fetch('/patella/session')).status, 405)
  }),
  row('another WebSocket server on the same HTTP server is left alone', ['echo'], async ({ tab, origin }) => {
    await tab.connect()
    const echo = new WebSocket(`${origin.replace('http', 'ws')}/echo`)
    const answer = new Promise((resolve, reject) =>
      echo.on('message', (data) => resolve(String(data))).on('error', reject),
    )
    echo.on('open', () => echo.send('hello'))
    assert.equal(await answer, 'hello')
    echo.terminate()
  }),
  row('an upgrade that is nobody’s is ended', [], async ({ origin }) => {
    assert.notEqual(await upgradeStatus(`${origin.replace('http', 'ws')}/nobody`, origin), 101)
  }),
]

interface Conditions {
  readonly tab: Tab
  readonly origin: string
}

function row(name: string, needs: readonly HostRoute[], body: (conditions: Conditions) => Promise<void>): HostCase {
  return {
    name,
    needs,
    async run({ origin }) {
      const tab = createTab(origin)
      try {
        await body({ tab, origin })
      } finally {
        tab.close()
      }
    },
  }
}

/** The HTTP status that answers an upgrade; 101 when it succeeds, 0 when the socket just ends. */
function upgradeStatus(url: string, origin: string | undefined): Promise<number> {
  const socket = new WebSocket(url, origin === undefined ? {} : { origin })
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      socket.terminate()
    })
    socket.on('open', () => {
      resolve(101)
      socket.terminate()
    })
    socket.on('error', () => resolve(0))
  })
}
