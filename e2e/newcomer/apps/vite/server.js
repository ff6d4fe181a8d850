import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createPatella, defineReflex } from 'patella'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

const built = fileURLToPath(new URL('dist', import.meta.url))
const page = readFileSync(`${built}/index.html`, 'utf8')

const patella = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [counter] })
const app = express()
app.use(patella.express())
app.use(express.static(built, { index: false }))

app.get('/', async (request, response) => {
  const { count = 0 } = await patella.session(request)
  response.send(page.replace('<!--count-->', count))
})

const server = app.listen(process.env.PORT, () => {
  console.log(`http://localhost:${server.address().port}/`)
})
