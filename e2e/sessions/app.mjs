// One of several processes that share a store: a counter, a login, and actions that stand still where a test wants it.
import { writeSync } from 'node:fs'
import { createPatella, defineReflex, html, memcached, redis, sql } from 'patella'

const { STORE = '', ACTION_MS = '10000', GATE = '1' } = process.env

/** The signal may take a moment: nothing else runs before the gap in time that it makes. */
function standStill() {
  writeSync(1, 'frozen\n')
  let before = Date.now()
  process.kill(process.pid, 'SIGSTOP')
  for (let now = Date.now(); now - before < 500; now = Date.now()) before = now
}

/** Opens once so many wait at it: the last to come freezes the process first. */
function createGate(size) {
  let waiting = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length < size) return
      standStill()
      for (const go of waiting) go()
      waiting = []
    })
}

const gate = createGate(Number(GATE))
let runs = 0
const { promise: released, resolve: release } = withResolvers()

const counter = defineReflex('counter', {
  increment({ session }) {
    runs += 1
    session.count = (session.count ?? 0) + 1
  },
  async freeze({ session }) {
    session.count = (session.count ?? 0) + 1
    await gate()
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
    session.user = 'ann'
    session.regenerate()
  },
  logout({ session }) {
    session.destroy()
  },
})

const patella = createPatella({
  secret: 'x'.repeat(32),
  reflexes: [counter, slow, account],
  logger: false,
  limits: { action: Number(ACTION_MS), rate: 10_000, burst: 10_000 },
  session: { store: storeAt(STORE) },
})

const show = ({ session }) =>
  html`<main id="main" data-reflex-root>count:${session.count ?? 0} worked:${session.worked ?? 0} user:${session.user}</main>`

patella.page('/page', show)
// A plain visit that writes.
patella.page('/write', ({ session }) => {
  session.visits = (session.visits ?? 0) + 1
  return html`<p>${session.visits}</p>`
})
patella.page('/runs', () => html`<p>runs:${runs}</p>`)
patella.page('/release', () => {
  release()
  return html`<p>released</p>`
})

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
