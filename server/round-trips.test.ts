import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../scripts/services/redis.mjs'
import { createTab } from './host/tab.ts'
import { createPatella, defineReflex, html, redis } from './index.ts'

const counter = defineReflex('counter', {
  increment({ session }) {
    session.count = (session.count ?? 0) + 1
  },
})

test('a counter reflex makes two round trips to Redis, a visit one', async () => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  const store = redis(server.url)
  const patella = createPatella({ secret: 'x'.repeat(32), reflexes: [counter], logger: false, session: { store } })
  patella.page('/page', ({ session }) => html`<main id="main" data-reflex-root>${session.count ?? 0}</main>`)
  const { port } = (await patella.listen(0, '127.0.0.1')).address() as AddressInfo
  onTestFinished(() => patella.close())
  const tab = createTab(`http://127.0.0.1:${port}`)
  onTestFinished(() => tab.close())
  await tab.fetch('/page')
  await tab.connect()
  // Redis learns the scripts.
  await tab.send('counter#increment')

  const commands: string[] = []
  const monitor = await new Redis(server.url).monitor()
  onTestFinished(() => monitor.disconnect())
  // Not what scripts do inside of Redis, nor the look for sessions that ended elsewhere, twice a second.
  monitor.on('monitor', (_time: string, [name, key]: string[], source: string) => {
    if (source !== 'lua' && key !== 'patella:deaths') commands.push(name as string)
  })
  const until = async (count: number) => expect.poll(() => commands.length).toBeGreaterThanOrEqual(count)

  for (let n = 0; n < 10; n++) await tab.send('counter#increment')
  await until(20)
  expect(commands).toEqual(Array(20).fill('evalsha'))
  // The first of several visits makes the session live longer.
  for (let n = 0; n < 3; n++) await tab.fetch('/page')
  await until(25)
  expect(commands.slice(20)).toEqual(['get', 'get', 'pexpire', 'get', 'get'])
})
