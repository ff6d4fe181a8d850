import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { html } from '../page/html.ts'
import { createPatella } from '../patella.ts'
import { action, defineReflex } from '../reflex/define.ts'
import type { Middleware } from './middleware.ts'
import { createTab } from './tab.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Behind a middleware that keeps each request with the header `x-stay`, and tells of it. */
async function open(timeout: number) {
  let stayed = () => {}
  const keep: Middleware = (incoming, _response, next) => (incoming.headers['x-stay'] ? stayed() : next())
  const count = action({ timeout }, ({ session }) => {
    session.count = (session.count ?? 0) + 1
  })
  const patella = createPatella({
    secret: 'x'.repeat(32),
    logger: false,
    use: [keep],
    reflexes: [defineReflex('counter', { count })],
  })
  patella.page('/', ({ session }) => html`<p>count:${session.count ?? 0}</p>`)
  const server = await patella.listen(0, '127.0.0.1')
  const tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(async () => {
    tab.close()
    await patella.close()
  })
  await tab.fetch('/')
  const { origin } = tab
  return {
    tab,
    origin,
    address: patella.action('counter#count', { page: '/' }),
    send: (more: Record<string, string> = {}) =>
      tab.fetch(patella.action('counter#count', { page: '/' }), {
        method: 'POST',
        headers: { origin, ...form, ...more },
        body: '',
      }),
    stays: () => new Promise<void>((resolve) => (stayed = resolve)),
  }
}

it('a form whose middleware never goes on is answered 504, and its session is free again', async () => {
  const { tab, send } = await open(50)
  const kept = await send({ 'x-stay': '1' })
  expect([kept.status, (await kept.text()).split(/\s/)[0]]).toEqual([504, 'action_timeout'])
  expect((await send()).status).toBe(303)
  expect(await (await tab.fetch('/')).text()).toContain('count:1')
})

it('a form whose browser goes away while its middleware runs does not run, and its session is free at once', async () => {
  const { tab, send, stays, origin, address } = await open(60_000)
  const headers = { ...form, origin, 'x-stay': '1', cookie: `_session=${tab.cookies.get('_session')}` }
  const sent = request(`${origin}${address}`, { method: 'POST', headers })
  const staying = stays()
  sent.end()
  await staying
  const gone = new Promise((resolve) => sent.on('error', () => {}).on('close', resolve))
  sent.destroy()
  await gone
  expect((await send()).status).toBe(303)
  expect(await (await tab.fetch('/')).text()).toContain('count:1')
})
