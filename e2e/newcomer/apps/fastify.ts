import Fastify from 'fastify'
import { createPatella, defineReflex, html } from 'patella'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
const app = Fastify()
await app.register(patella.fastify())

app.get<{ Querystring: { by?: string } }>('/', async (request, reply) => {
  const { count = 0 } = await patella.session(request)
  const page = html`<!doctype html>
    <html lang="en">
      <head>${patella.scriptTag()}<title>Counter</title></head>
      <body><p>Count: ${count}</p><button data-reflex="counter#increment">Add one</button></body>
    </html>`
  return reply.type('text/html').send(String(page))
})

const address = await app.listen({ port: Number(process.env.PORT) })
console.log(`http://localhost:${new URL(address).port}/`)
