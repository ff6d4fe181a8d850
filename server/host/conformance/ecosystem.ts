import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import type { Middleware } from '../middleware.ts'
import type { Tab } from '../tab.ts'
import { type Conditions, type Row, row } from './row.ts'

/** Middleware of Connect's kind that finds its user in a cookie. */
const findUser: Middleware = (request, _response, next) => {
  const [, user] = /(?:^|; )user=(\w+)/.exec(request.headers.cookie ?? '') ?? []
  Object.assign(request, { user })
  next()
}

const bounce: Middleware = (request, response, next) => {
  if ((request as { user?: string }).user === undefined) response.writeHead(302, { location: '/login' }).end()
  else next()
}

/** What the host's own ecosystem does with visits, it does to pages rendered again, or knows to leave alone. */
export const ecosystemRows: readonly Row[] = [
  row(
    'behind compression, visits are compressed and pages rendered again',
    ['page'],
    (conditions) => compressed(conditions, '/page'),
    { before: ['compression'] },
  ),
  row(
    'behind compression, streams are compressed and pages that stream rendered again',
    ['stream'],
    (conditions) => compressed(conditions, '/stream'),
    { before: ['compression'] },
  ),
  row(
    'a nonce of the Content-Security-Policy stands in header and script tag',
    ['script'],
    async ({ tab }) => {
      const [first, second] = [await nonceOf(tab), await nonceOf(tab)]
      assert.notEqual(first, second)
      await tab.connect()
      const [, patches] = await tab.send('counter#increment', { url: '/script' })
      assert.deepEqual(patches, [['main', '<main id="main" data-reflex-root>count:1 note:</main>']])
    },
    { before: ['csp'] },
  ),
  row(
    'the logger logs visits and pages rendered again, and can tell them apart',
    ['page'],
    async ({ tab, line }) => {
      await tab.fetch('/page')
      await line(/^(?!again ).*\/page/)
      await tab.connect()
      await tab.send('counter#increment')
      await line(/^again .*\/page/)
    },
    { before: ['logger'] },
  ),
  row(
    'a rate limiter can leave pages rendered again uncounted',
    ['page'],
    async ({ tab }) => {
      await tab.fetch('/page')
      await tab.connect()
      for (let n = 1; n <= 12; n++) assert.equal((await tab.send('counter#increment'))[0], n)
      let visits = 1
      while ((await tab.fetch('/page')).status === 200) visits++
      // Some hosts count Patella's script as well.
      assert.ok(visits === 8 || visits === 7, String(visits))
      assert.match((await tab.send('counter#increment'))[1][0][1], /count:13/)
    },
    { before: ['limiter'] },
  ),
  row('actions run behind the host’s own middleware', ['page'], greet, { use: 'host', before: ['user'] }),
  row('actions run behind a list of middleware', ['page'], greet, { use: [findUser] }),
  row('forms without JavaScript run behind the host’s own middleware', ['page'], greetByForm, {
    use: 'host',
    before: ['user'],
  }),
  row('forms without JavaScript run behind a list of middleware', ['page'], greetByForm, { use: [findUser] }),
  row(
    'where a middleware of the list leads elsewhere, the action does not run and its tab follows',
    ['page'],
    async ({ tab, base }) => {
      await tab.connect()
      assert.deepEqual((await tab.send('counter#increment')).slice(1), ['redirect', { to: '/login' }])
      const { status, headers } = await submitGreeting(tab, base)
      assert.deepEqual([status, headers.get('location')], [302, '/login'])
      logIn(tab, base)
      await tab.connect()
      assert.match((await tab.send('counter#increment'))[1][0][1], /count:1/)
    },
    { use: [findUser, bounce] },
  ),
  row(
    'a middleware of the list may answer for a page of Patella’s own',
    ['own'],
    async ({ tab, base }) => {
      const bounced = await tab.fetch('/own')
      assert.deepEqual([bounced.status, bounced.headers.get('location')], [302, '/login'])
      assert.equal((await tab.fetch('/own', { method: 'HEAD' })).status, 302)
      logIn(tab, base)
      assert.match(await (await tab.fetch('/own')).text(), /count:0/)
    },
    { use: [findUser, bounce] },
  ),
]

async function compressed({ tab, open }: Conditions, url: string): Promise<void> {
  const headers = { 'accept-encoding': 'gzip' }
  const visit = await tab.fetch(url, { headers })
  assert.equal(visit.headers.get('content-encoding'), 'gzip')
  assert.match(gunzipSync(Buffer.from(await visit.arrayBuffer())).toString(), /count:0/)
  const compressing = open({ headers, cookies: tab.cookies })
  await compressing.connect()
  assert.match((await compressing.send('counter#increment', { url }))[1][0][1], /count:1/)
}

/** The user of the host's login is there for `authorize` and for the action. */
async function greet({ tab, base }: Conditions): Promise<void> {
  await tab.fetch('/page')
  await tab.connect()
  assert.equal((await tab.send('member#greet'))[1], 'unauthorized')
  logIn(tab, base)
  await tab.connect()
  assert.match((await tab.send('member#greet'))[1][0][1], /note:hello ann/)
  assert.match((await tab.send('counter#increment'))[1][0][1], /count:1/)
}

async function greetByForm({ tab, base }: Conditions): Promise<void> {
  assert.equal((await submitGreeting(tab, base)).status, 401)
  logIn(tab, base)
  assert.equal((await submitGreeting(tab, base)).status, 303)
  assert.match(await (await tab.fetch('/page')).text(), /note:hello ann/)
}

function logIn(tab: Tab, base: string): void {
  tab.cookies.set('user', 'ann', { host: '127.0.0.1', path: base || '/' })
}

function submitGreeting(tab: Tab, base: string): Promise<Response> {
  const headers = { origin: tab.origin, 'content-type': 'application/x-www-form-urlencoded' }
  return tab.fetch(`/patella/action/member/greet?page=${base}/page`, { method: 'POST', headers, body: '' })
}

/** The nonce of a visit, the same in header and tag. */
async function nonceOf(tab: Tab): Promise<string> {
  const visit = await tab.fetch('/script')
  const [, header] = /script-src [^;]*'nonce-([^']+)'/.exec(visit.headers.get('content-security-policy') ?? '') ?? []
  const [, tagged] = /<script [^>]*nonce="([^"]+)"/.exec(await visit.text()) ?? []
  assert.ok(header)
  assert.equal(tagged, header)
  return header
}
