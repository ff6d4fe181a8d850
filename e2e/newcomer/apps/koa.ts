import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { createPatella, defineReflex, html } from 'patella'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
const app = new Koa<{ theme?: string }>()
app.use(patella.koa())

app.use(async (ctx) => {
  const { count = 0 } = await patella.session(ctx)
  ctx.type = 'html'
  ctx.body = String(html`<!doctype html>
    <html lang="en" data-theme="${ctx.state.theme ?? 'light'}">
      <head>${patella.scriptTag()}<title>Counter</title></head>
      <body><p>Count: ${count}</p><button data-reflex="counter#increment">Add one</button></body>
    </html>`)
})

const server = app.listen(Number(process.env.PORT), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/`)
})
