// One of several processes that share a store: a counter, a login, and actions that stand still where a test wants it.
import { writeSync } from 'node:fs'
import { defineReflex, html, memcached, redis, sql } from 'patella'
import { assemblePatella } from '../../dist/server/patella.js'

const { STORE = '', ACTION_MS = '10000', GATE = '1', DIE_AT } = process.env

/** The signal may take a moment: nothing else runs before the gap in time that it makes. */
function standStill() {
  writeSync(1, 'frozen\n')
  let before = Date.now()
  process.kill(process.pid, 'SIGSTOP')
  for (let now = Date.now(); now - before < 500; now = Date.now()) before = now
}

/** Opens once so many wait at it: the last to come does `first` before. */
function createGate(size, first) {
  let waiting = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length < size) return
      first()
      for (const go of waiting) go()
      waiting = []
    })
}

function die() {
  process.kill(process.pid, 'SIGKILL')
  for (;;);
}

const freezing = createGate(Number(GATE), standStill)
const dying = createGate(Number(GATE), die)
let runs = 0
const { promise: released, resolve: release } = withResolvers()

const counter = defineReflex('counter', {
  increment({ session }) {
    runs += 1
    session.count = (session.count ?? 0) + 1
  },
  async freeze({ session }) {
    session.count = (session.count ?? 0) + 1
    await freezing()
  },
  /** Tells that it runs, and goes on when the test says so. */
  async wait({ session }) {
    session.waited = true
    console.log('waiting')
    await released
  },
})

const slow = defineReflex(
  'slow',
  {
    async brief({ session }) {
      await new Promise((resolve) => setImmediate(resolve))
      session.count = (session.count ?? 0) + 1
    },
    async work({ session }) {
      console.log('waiting')
      await released
      session.worked = (session.worked ?? 0) + 1
    },
  },
  { session: 'snapshot' },
)

const account = defineReflex('account', {
  login({ session }) {
    runs += 1
    session.user = 'ann'
    session.regenerate()
  },
  logout({ session }) {
    session.destroy()
  },
})

/** Where `DIE_AT` says, the process dies once `GATE` requests have come so far. */
async function reach(point) {
  if (point === DIE_AT) await dying()
  // Then the reply is on its way.
  if (point === 'replying' && DIE_AT === 'replied') setImmediate(dying)
}

const options = {
  secret: 'x'.repeat(32),
  reflexes: [counter, slow, account],
  logger: false,
  limits: { action: Number(ACTION_MS), rate: 10_000, burst: 10_000 },
  session: { store: storeAt(STORE) },
}
const patella = assemblePatella(options, DIE_AT && reach)

const show = async ({ session }) => {
  if (DIE_AT === 'rendering' && session.count > 0) await dying()
  return html`<main id="main" data-reflex-root>count:${session.count ?? 0} worked:${session.worked ?? 0} user:${session.user}</main>`
}

patella.page('/page', show)
patella.page('/login', ({ session }) => {
  session.user = 'bob'
  session.regenerate()
  return html`<p>welcome</p>`
})
// A plain visit that writes: a key of its own, for what visits change is merged.
patella.page('/write/:key', ({ session, params }) => {
  session[`visit${params.key}`] = true
  return html`<p>written</p>`
})
patella.page('/keys', ({ session }) => html`<p>keys:${Object.keys(session).sort().join()}</p>`)
patella.page('/runs', () => html`<p>runs:${runs}</p>`)
patella.page('/stats', () => new Response(JSON.stringify({ ...patella.stats().sessions, mostWaiting })))
patella.page('/release', () => {
  release()
  return html`<p>released</p>`
})

let mostWaiting = 0
setInterval(() => {
  mostWaiting = Math.max(mostWaiting, patella.stats().sessions.store.waiting ?? 0)
}, 20)

const server = await patella.listen(Number(process.env.PORT), '127.0.0.1')
console.log(`http://localhost:${server.address().port}/`)

function storeAt(url) {
  if (url.startsWith('redis:')) return redis(url)
  if (url.startsWith('memcached:')) return memcached(url)
  return sql(url, { createTable: true })
}

function withResolvers() {
  let resolve
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
