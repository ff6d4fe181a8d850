import assert from 'node:assert/strict'
import { WebSocket } from 'ws'
import type { TabOptions } from '../tab.ts'
import { type Conditions, type Row, row } from './row.ts'

/** Upgrades: whose they are, from where they may come, and how they end. */
export const cableRows: readonly Row[] = [
  row('the cable refuses other origins before it upgrades, and plain requests', [], async ({ tab, host, base }) => {
    for (const origin of ['https://evil.example', 'null', undefined]) {
      assert.equal((await upgrade(cableOf(host.origin, base), { origin })).status, 403)
    }
    assert.equal((await upgrade(cableOf(host.origin, base), { origin: tab.origin })).status, 101)
    const plain = await tab.fetch('/patella/cable')
    assert.equal(plain.status, 426)
    assert.match(await plain.text(), /upgrade_required/)
  }),
  row(
    'an upgrade before anything else is answered, and another one is taken',
    [],
    async ({ tab, host, base }) => {
      const cable = cableOf(host.origin, base)
      const { status } = await upgrade(cable, { origin: tab.origin })
      assert.ok(status === 101 || status === 426, String(status))
      assert.equal((await upgrade(cable, { origin: tab.origin })).status, 101)
    },
    { first: true },
  ),
  row(
    'another WebSocket server on the same HTTP server is left alone',
    [],
    async ({ tab, host }) => {
      await tab.connect()
      const echo = new WebSocket(`${host.origin.replace('http', 'ws')}/echo`)
      const answer = new Promise((resolve, reject) =>
        echo.on('message', (data) => resolve(String(data))).on('error', reject),
      )
      echo.on('open', () => echo.send('hello'))
      assert.equal(await answer, 'hello')
      echo.terminate()
    },
    { parts: ['echo'] },
  ),
  row('an upgrade that is nobody’s is ended', [], async ({ tab, host }) => {
    assert.notEqual((await upgrade(`${host.origin}/nobody`, { origin: tab.origin })).status, 101)
  }),
  row('closing the host sends its tabs away, and waits for none', ['page'], async ({ tab, host }) => {
    await tab.fetch('/page')
    await tab.connect()
    const sent = tab.next('disconnect')
    const closed = host.close()
    assert.deepEqual(await sent, { type: 'disconnect', reason: 'server_restart', reconnect: true })
    await closed
  }),
  row(
    'behind a proxy that the host trusts, its scheme and host count',
    ['page'],
    async ({ open, host }) => {
      const tab = open(forwarded(host))
      assert.match((await tab.fetch('/page')).headers.getSetCookie().join(), /; Secure/i)
      await tab.connect()
      assert.match((await tab.send('counter#increment'))[1][0][1], /count:1/)
    },
    { before: ['trust'] },
  ),
  row(
    'behind a proxy that the host trusts, an upgrade may be the first to arrive',
    ['page'],
    async ({ host, base }) => {
      const { origin, headers } = forwarded(host)
      assert.equal((await upgrade(cableOf(host.origin, base), { origin, headers })).status, 101)
    },
    { before: ['trust'], first: true, attach: true },
  ),
  row('behind a proxy that nobody trusts, the refusal names both origins', ['page'], async ({ tab, host, base }) => {
    assert.doesNotMatch((await tab.fetch('/page')).headers.getSetCookie().join(), /; Secure/i)
    const { origin, headers } = forwarded(host)
    const { status, text } = await upgrade(cableOf(host.origin, base), { origin, headers })
    assert.equal(status, 403)
    assert.match(text, /^origin_refused/)
    for (const named of [origin, host.origin, 'X-Forwarded-Proto']) assert.ok(text.includes(named), text)
  }),
]

/** A browser that sees another scheme and host than arrive here. */
function forwarded({ origin }: Conditions['host']) {
  return {
    origin: 'https://shop.example.test',
    headers: {
      host: new URL(origin).host,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.test',
      'x-forwarded-for': '203.0.113.7',
    },
  } satisfies TabOptions
}

function cableOf(origin: string, base: string): string {
  return `${origin}${base}/patella/cable`
}

interface Upgraded {
  /** 101 when it succeeds, 0 when the socket just ends. */
  readonly status: number
  readonly text: string
}

function upgrade(
  url: string,
  { origin, headers = {} }: { origin: string | undefined; headers?: Record<string, string> },
): Promise<Upgraded> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers, ...(origin !== undefined && { origin }) })
  return new Promise((resolve) => {
    socket.on('unexpected-response', async (_request, response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode ?? 0, text })
      socket.terminate()
    })
    socket.on('open', () => {
      resolve({ status: 101, text: '' })
      socket.terminate()
    })
    socket.on('error', () => resolve({ status: 0, text: '' }))
  })
}
