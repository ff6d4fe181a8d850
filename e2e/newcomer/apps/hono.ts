import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createPatella, defineReflex, html } from 'patella'

const counter = defineReflex('counter', {
  increment({ session, locals }) {
    session.count = (session.count ?? 0) + 1
    locals.note = 'Added.'
  },
})

const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
const app = new Hono<{ Variables: { note?: string } }>()
app.use(patella.hono())

app.get('/', async (c) => {
  const { count = 0 } = await patella.session(c)
  const page = html`<!doctype html>
    <html lang="en">
      <head>${patella.scriptTag()}<title>Counter</title></head>
      <body>
        <p>Count: ${count} ${c.var.note}</p>
        <button data-reflex="counter#increment">Add one</button>
      </body>
    </html>`
  return c.html(String(page))
})

serve({ fetch: app.fetch, port: Number(process.env.PORT) }, ({ port }) => {
  console.log(`http://localhost:${port}/`)
})
