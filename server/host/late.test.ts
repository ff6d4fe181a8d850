import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createPatella, defineReflex, type PatellaOptions } from '../index.ts'
import type { Middleware } from './middleware.ts'
import { createTab, type Tab } from './tab.ts'

/** Answers in place of whoever is behind the middleware below, as it does when its time is up. */
let giveUp = () => {}

const impatient: Middleware = (_request, response, next) => {
  giveUp = () => void response.writeHead(503).end('too slow')
  next()
}

const slowly = () => {
  giveUp()
}

async function start(options: Partial<PatellaOptions> = {}): Promise<Tab> {
  const reflexes = [defineReflex('slow', { act: slowly, note() {} })]
  const patella = createPatella({ secret: 'x'.repeat(32), logger: false, reflexes, ...options })
  patella.page('/slow', () => {
    slowly()
    return '<main data-reflex-root></main>'
  })
  patella.page('/counted', ({ session }) => {
    session.visits = (session.visits ?? 0) + 1
    return `<main data-reflex-root>visits:${session.visits}</main>`
  })
  const app = express()
  app.use(impatient, patella.express())
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    tab.close()
    await new Promise((resolve) => server.close(resolve))
  })
  return tab
}

test('a page that is ready after somebody else answered is dropped, and nothing ends by it', async () => {
  const tab = await start()
  const answer = await tab.fetch('/slow')
  expect([answer.status, await answer.text()]).toEqual([503, 'too slow'])
  expect((await tab.fetch('/counted')).status).toBe(200)
})

test.each([['host'], [[impatient]]] as const)(
  'an action that ends after its middleware answered is refused (%#)',
  async (use) => {
    const tab = await start({ use })
    await tab.fetch('/counted')
    await tab.connect()
    expect(await tab.send('slow#act', { url: '/counted' })).toMatchObject([1, 'error', { code: 'middleware_answered' }])
    expect((await tab.send('slow#note', { url: '/counted' }))[1]).toEqual(expect.any(Array))
  },
)

test('a page that counts its visits, and comes in the midst of a login, neither logs out nor has it run twice', async () => {
  let logins = 0
  const login = defineReflex('user', {
    login({ session }) {
      logins++
      session.user = 'ann'
      session.regenerate()
    },
  })
  const tab = await start({ reflexes: [login] })
  await tab.fetch('/counted')
  await tab.connect()
  const [n, , { h }] = await tab.send('user#login', { url: '/counted' })
  const late = await tab.fetch('/counted')
  expect(late.headers.getSetCookie()).toEqual([])
  expect(await late.text()).toContain('visits:1')
  expect((await tab.quiet({ t: tab.id, n, h })).status).toBe(204)
  await tab.connect()
  expect(await (await tab.fetch('/counted')).text()).toContain('visits:3')
  expect(logins).toBe(1)
})
