const express = require('express')
const { createPatella, defineReflex, html } = require('patella')

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
const app = express()
app.use(patella.express())

app.get('/', async (request, response) => {
  const { count = 0 } = await patella.session(request)
  response.send(
    String(html`<!doctype html>
      <html lang="en">
        <head>${patella.scriptTag()}<title>Counter</title></head>
        <body><p>Count: ${count}</p><button data-reflex="counter#increment">Add one</button></body>
      </html>`),
  )
})

const server = app.listen(process.env.PORT, () => {
  console.log(`http://localhost:${server.address().port}/`)
})
