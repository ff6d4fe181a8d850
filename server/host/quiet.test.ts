import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { html } from '../page/html.ts'
import { createPatella } from '../patella.ts'
import { defineReflex } from '../reflex/define.ts'
import { createTab } from './tab.ts'

const day = 86_400_000

afterEach(() => void vi.useRealTimers())

it('a tab that lives on reflexes alone has its cookie renewed, while the browser still has it', async () => {
  const counter = defineReflex('counter', {
    increment({ session }) {
      session.count = (session.count ?? 0) + 1
    },
  })
  const secret = 'x'.repeat(32)
  const patella = createPatella({ secret, reflexes: [counter], logger: false, session: { expireAfter: '30d' } })
  patella.page('/page', ({ session }) => html`<p>count:${session.count ?? 0}</p>`)
  const server = await patella.listen(0, '127.0.0.1')
  const tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    await tab.fetch('/page')
    await tab.connect()
    expect((await tab.send('counter#increment'))[2]?.h).toBeUndefined()
    const cookie = tab.cookies.get('_session')

    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * day })
    const [n, , { h }] = await tab.send('counter#increment')
    expect((await tab.send('counter#increment'))[2]?.h).toBeUndefined()
    const handed = await tab.quiet({ t: tab.id, n, h })
    expect(handed.status).toBe(204)
    expect(handed.headers.getSetCookie()).toEqual([expect.stringMatching(/^_session=.*; Max-Age=2592000;.*HttpOnly/)])
    expect(tab.cookies.get('_session')).toBe(cookie)
    expect((await tab.send('counter#increment'))[1][0][1]).toContain('count:4')
  } finally {
    tab.close()
    await patella.close()
  }
})
