import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { createPatella, defineReflex } from '../server/index.ts'

const script = readFileSync(
  new URL('../node_modules/@rails/actioncable/app/assets/javascripts/actioncable.js', import.meta.url),
  'utf8',
)

/** What the official client tells of one subscription. */
interface Log {
  connected: number
  received: unknown[]
  rejected: number
  protocol: string
  pings: number
}

declare const ActionCable: any
declare const log: Log

test('the official Action Cable client connects, subscribes, is pinged and gets its answer', async ({ page }) => {
  const echo = defineReflex('echo', {
    say({ args, nothing }) {
      nothing()
      return args
    },
  })
  const patella = createPatella({ secret: 'x'.repeat(32), reflexes: [echo], logger: false, limits: { ping: 300 } })
  patella.page('/', () => '<!doctype html><title>Action Cable</title><script src="/actioncable.js"></script>')
  patella.page('/actioncable.js', () => new Response(script, { headers: { 'content-type': 'text/javascript' } }))
  const server = await patella.listen(0, '127.0.0.1')
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.evaluate(() => {
      const consumer = ActionCable.createConsumer(`/patella/cable?t=${'A'.repeat(22)}`)
      const seen: Log = { connected: 0, received: [], rejected: 0, protocol: '', pings: 0 }
      Object.assign(window, { log: seen })
      const subscription = consumer.subscriptions.create('P', {
        connected() {
          seen.connected++
          seen.protocol = consumer.connection.getProtocol()
          consumer.connection.webSocket.addEventListener('message', ({ data }: MessageEvent) => {
            if (JSON.parse(data).type === 'ping') seen.pings++
          })
          subscription.send([1, 'echo#say', 0, ['hello'], { u: '/' }])
        },
        received: (message: unknown) => seen.received.push(message),
      })
      consumer.subscriptions.create('Nothing', { rejected: () => seen.rejected++ })
    })
    await expect
      .poll(() => page.evaluate(() => log))
      .toMatchObject({
        connected: 1,
        received: [[1, [], { r: ['hello'] }]],
        rejected: 1,
        protocol: 'actioncable-v1-json',
      })
    await expect.poll(() => page.evaluate(() => log.pings)).toBeGreaterThan(2)
  } finally {
    await patella.close()
  }
})
