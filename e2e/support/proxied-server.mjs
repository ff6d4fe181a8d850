// A server for tests behind a proxy: a counter, and the address by which the app knows its visitor.
import { createPatella, defineReflex, html, redis } from 'patella'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const patella = createPatella({
  secret: 'x'.repeat(32),
  reflexes: [counter],
  logger: false,
  // Tests click faster than people do.
  limits: { rate: 10_000 },
  ...(process.env.TRUST === undefined ? {} : { trustProxy: process.env.TRUST }),
  ...(process.env.STORE === undefined ? {} : { session: { store: redis(process.env.STORE) } }),
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
