/** The pages of the peers' benchmarks: a counter, and the table by each engine. Prints its address. */
import { createPatella, defineReflex, html } from 'patella'
import { createTable, engines } from './table.mjs'

const tables = new Map()
const tableOf = (session) => {
  session.table ??= String(tables.size + 1)
  if (!tables.has(session.table)) tables.set(session.table, createTable())
  return tables.get(session.table)
}

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})
const table = defineReflex(
  'table',
  Object.fromEntries(
    ['one', 'all', 'prepend', 'sort'].map((name) => [name, ({ session }) => void tableOf(session)[name]()]),
  ),
)

const patella = createPatella({
  secret: 'x'.repeat(32),
  reflexes: [counter, table],
  logger: false,
  limits: { rate: 1_000_000, burst: 1_000_000 },
})
const page = (title, body) =>
  html`<!doctype html><html lang="en"><head>${patella.scriptTag()}<title>${title}</title></head><body>${body}</body></html>`

patella.page('/counter', ({ session }) =>
  page(
    'Counter',
    html`<div id="main" data-reflex-root><h1>Counter</h1><p>Count: <span>${session.count ?? 0}</span></p><button data-reflex="counter#increment">+1</button></div>`,
  ),
)
patella.page('/table/:engine', ({ session, params }) => page('Table', engines[params.engine](tableOf(session))))

const server = await patella.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
console.log(`http://localhost:${server.address().port}/`)
