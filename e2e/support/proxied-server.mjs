// A server for tests behind a proxy: a counter, and the address by which the app knows its visitor.
import { createPatella, defineReflex, html } from 'patella'
import { storeAt } from './shared-store.mjs'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const patella = createPatella({
  secret: 'x'.repeat(32),
  reflexes: [counter],
  logger: false,
  ...(process.env.TRUST === undefined ? {} : { trustProxy: process.env.TRUST }),
  ...(process.env.STORE === undefined ? {} : { session: { store: storeAt(process.env.STORE) } }),
})

patella.page(
  '/',
  ({ session, url, address }) => html`<!doctype html>
    <html lang="en">
      <head>${patella.scriptTag()}<title>Counter</title></head>
      <body>
        <output id="count">${session.count ?? 0}</output>
        <button data-reflex="counter#increment">+1</button>
        <p id="url">${url.origin}</p><p id="address">${address}</p>
      </body>
    </html>`,
)

const server = await patella.listen(Number(process.env.PORT), process.env.HOST)
console.log(`http://localhost:${server.address().port}/`)
