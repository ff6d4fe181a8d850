/** @jsxImportSource hono/jsx */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import view from '@fastify/view'
import { serve } from '@hono/node-server'
import { Eta } from 'eta'
import express from 'express'
import Fastify from 'fastify'
import Handlebars from 'handlebars'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPatella, type Patella } from '../patella.ts'
import { defineReflex } from '../reflex/define.ts'
import { createTab, type Tab } from './tab.ts'

/** Neither brings types. */
const require = createRequire(import.meta.url)
const ejs = require('ejs')
const pug = require('pug')

type Render = (file: string, values: object, done: (error: unknown, html?: string) => void) => void

interface ViewEngine {
  readonly name: string
  readonly view: string
  readonly render: Render
}

/** The same page each time: a count, what the action left, and text that has to be escaped. */
const engines: readonly ViewEngine[] = [
  {
    name: 'ejs',
    view: `<title>Counter</title>
<main id="main" data-reflex-root><p>Count: <%= count %></p><p><%= locals.note %></p><p><%= text %></p></main>`,
    render: ejs.renderFile,
  },
  {
    name: 'eta',
    view: `<title>Counter</title>
<main id="main" data-reflex-root><p>Count: <%= it.count %></p><p><%= it.note ?? '' %></p><p><%= it.text %></p></main>`,
    render: later((file, values) => eta.renderString(eta.readFile(file), values)),
  },
  {
    name: 'pug',
    view: `title Counter
main#main(data-reflex-root)
  p Count: #{count}
  p= note
  p= text`,
    render: pug.renderFile,
  },
  {
    name: 'hbs',
    view: `<title>Counter</title>
<main id="main" data-reflex-root><p>Count: {{count}}</p><p>{{note}}</p><p>{{text}}</p></main>`,
    render: later((file, values) => Handlebars.compile(eta.readFile(file))(values)),
  },
]

const eta = new Eta()
const text = 'a < b'

const counter = defineReflex('counter', {
  increment({ session, locals }) {
    session.count = (session.count ?? 0) + 1
    locals.note = 'once & only'
  },
})

interface Rendering {
  readonly name: string
  /** Serves GET / with whatever renders it. */
  start(patella: Patella): Promise<Server>
}

const renderings: readonly Rendering[] = [
  ...engines.map((engine) => ({
    name: `Express, ${engine.name}`,
    start: (patella: Patella) => startExpress(patella, engine),
  })),
  { name: 'Fastify, @fastify/view', start: startFastify },
  { name: 'Hono, hono/jsx', start: startHono },
]

let views = ''
beforeAll(() => {
  views = mkdtempSync(join(tmpdir(), 'views-'))
  for (const { name, view } of engines) writeFileSync(join(views, `counter.${name}`), view)
})
afterAll(() => rmSync(views, { recursive: true, force: true }))

describe.each(renderings)('$name', ({ start }) => {
  let patella: Patella
  let server: Server
  let tab: Tab

  beforeAll(async () => {
    patella = createPatella({ secret: 'x'.repeat(32), reflexes: [counter], logger: false })
    server = await start(patella)
    tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  afterAll(async () => {
    tab.close()
    await patella.close()
    await new Promise((resolve) => server.close(resolve))
  })

  it('renders a visit, and again after a reflex with what the action left', async () => {
    expect(textOf(await (await tab.fetch('/')).text())).toBe('Counter Count: 0 a &lt; b')
    await tab.connect()
    const [, [[root, html]], more] = await tab.send('counter#increment', { url: '/' })
    expect(root).toBe('main')
    expect(more).toEqual({ t: 'Counter' })
    expect(html).toMatch(/^<main id="main" data-reflex-root[^>]*>/)
    expect(textOf(html)).toBe('Count: 1 once &amp; only a &lt; b')
    expect(textOf(await (await tab.fetch('/')).text())).toBe('Counter Count: 1 a &lt; b')
  })
})

async function startExpress(patella: Patella, { name, render }: ViewEngine): Promise<Server> {
  const app = express().set('views', views).set('view engine', name).engine(name, render)
  app.use(patella.express())
  app.get('/', async (request, response) => {
    const { count = 0 } = await patella.session(request)
    response.render('counter', { count, text })
  })
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server))
  })
}

async function startFastify(patella: Patella): Promise<Server> {
  const app = Fastify()
  await app.register(view, { engine: { handlebars: Handlebars }, root: views })
  await app.register(patella.fastify())
  app.get('/', async (request, reply) => {
    const { count = 0 } = await patella.session(request)
    return reply.view('counter.hbs', { count, text })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

async function startHono(patella: Patella): Promise<Server> {
  const app = new Hono<{ Variables: { note?: string } }>()
  app.use(patella.hono())
  app.get('/', async (c) => {
    const { count = 0 } = await patella.session(c)
    return c.html(
      <html lang="en">
        <head>
          <title>Counter</title>
        </head>
        <body>
          <main id="main" data-reflex-root>
            <p>Count: {count}</p>
            <p>{c.var.note}</p>
            <p>{text}</p>
          </main>
        </body>
      </html>,
    )
  })
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(server as Server))
  })
}

/** An engine that has no interface for Express. */
function later(render: (file: string, values: object) => string): Render {
  return (file, values, done) => {
    try {
      done(null, render(file, values))
    } catch (error) {
      done(error)
    }
  }
}

/** What a reader sees, its escapes as they came. */
function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}
