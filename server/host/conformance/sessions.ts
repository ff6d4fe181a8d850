import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { type Row, row } from './row.ts'
import { createSlowStore } from './slow-store.ts'

const slow = createSlowStore()

/** Sessions, and the cookies that reach a browser although its tab speaks over a socket. */
export const sessionRows: readonly Row[] = [
  row('a tab without a cookie is given one and works', ['page'], async ({ tab }) => {
    await tab.connect()
    assert.match((await tab.send('counter#increment'))[1][0][1], /count:1/)
    assert.match(await (await tab.fetch('/page')).text(), /count:1/)
  }),
  row('a plain route and reflexes share one session', ['page', 'count'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    await tab.send('counter#increment')
    assert.equal((await tab.fetch('/count', { method: 'POST' })).status, 204)
    assert.match((await tab.send('counter#increment'))[1][0][1], /count:3/)
  }),
  row('reflexes and plain writes at once lose nothing', ['page', 'count'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const reflexes = Array.from({ length: 10 }, () => tab.send('counter#increment'))
    const routes = Array.from({ length: 10 }, () => tab.fetch('/count', { method: 'POST' }))
    await Promise.all([...reflexes, ...routes])
    assert.match(await (await tab.fetch('/page')).text(), /count:20/)
  }),
  row(
    'a login by a plain route changes the id; a tab with the old one is told to come back',
    ['page', 'login', 'guarded'],
    async ({ tab }) => {
      await tab.fetch('/page')
      await tab.connect()
      const before = tab.cookies.get('_session')
      const sent = tab.next('disconnect')
      await tab.fetch('/login', { method: 'POST' })
      assert.notEqual(tab.cookies.get('_session'), before)
      assert.deepEqual(await sent, { type: 'disconnect', reason: 'session_changed', reconnect: true })
      await tab.connect()
      assert.match((await tab.send('counter#increment', { url: '/guarded' }))[1][0][1], /count:1/)
    },
  ),
  row('a login by a reflex hands the new id over in a quiet request', ['page', 'guarded'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const [n, , more] = await tab.send('counter#login')
    const before = tab.cookies.get('_session')
    const handed = await tab.quiet({ t: tab.id, n, h: more.h })
    assert.equal(handed.status, 204)
    assert.match(handed.headers.getSetCookie().join(), /HttpOnly/i)
    assert.notEqual(tab.cookies.get('_session'), before)
    assert.equal((await tab.quiet({ t: tab.id, n, h: more.h })).status, 403)
    assert.equal((await tab.fetch('/guarded')).status, 200)
  }),
  row(
    'a page with the old cookie, that comes in the midst of a login, does not log out',
    ['page', 'guarded'],
    async ({ tab, open }) => {
      await tab.fetch('/page')
      await tab.connect()
      const before = tab.cookies.get('_session') as string
      const [n, , more] = await tab.send('counter#login')
      assert.deepEqual((await tab.fetch('/page')).headers.getSetCookie(), [])
      assert.equal(tab.cookies.get('_session'), before)
      assert.equal((await tab.quiet({ t: tab.id, n, h: more.h })).status, 204)
      const late = open()
      late.cookies.set('_session', before)
      assert.deepEqual((await late.fetch('/page')).headers.getSetCookie(), [])
      assert.equal((await tab.fetch('/guarded')).status, 200)
    },
  ),
  row(
    'a request that is being answered when the host closes stores its session',
    ['count'],
    async ({ tab, host }) => {
      const answer = tab.fetch('/count', { method: 'POST' })
      await slow.asked
      const closed = host.close()
      // As many turns of the event loop as it takes to close all else.
      for (let turns = 0; turns < 200 && !slow.closed; turns++) await setImmediate()
      slow.answer()
      assert.equal((await answer).status, 204)
      await closed
    },
    { store: slow.store },
  ),
  row('a cookie that a visit sets stands beside the session’s', ['cookie'], async ({ tab }) => {
    const lines = (await tab.fetch('/cookie')).headers.getSetCookie()
    assert.deepEqual(lines.map((line) => line.slice(0, line.indexOf('='))).sort(), ['_session', 'seen'])
  }),
  row(
    'a cookie that a render again sets reaches the browser by the quiet request',
    ['page', 'cookie'],
    async ({ tab }) => {
      await tab.fetch('/page')
      await tab.connect()
      const [n, patches, { h }] = await tab.send('counter#increment', { url: '/cookie' })
      assert.match(patches[0][1], /count:1/)
      assert.equal(typeof h, 'string')
      const handed = await tab.quiet({ t: tab.id, n, h })
      assert.equal(handed.status, 204)
      assert.match(handed.headers.getSetCookie().join(), /^seen=1/)
    },
  ),
  row('a cookie that the tab has already is not handed over again', ['cookie'], async ({ tab }) => {
    await tab.fetch('/cookie')
    await tab.connect()
    assert.deepEqual((await tab.send('counter#increment', { url: '/cookie' }))[2], { t: 'Page' })
  }),
  row('the flash of a plain route is read by the next page, once', ['flash', 'notice'], async ({ tab, base }) => {
    const saved = await tab.fetch('/notice', { method: 'POST' })
    assert.deepEqual([saved.status, saved.headers.get('location')], [303, `${base}/flash`])
    assert.match(await (await tab.fetch('/flash')).text(), />saved</)
    assert.match(await (await tab.fetch('/flash')).text(), />none</)
  }),
  row('the flash of a plain route is read by a render again, once', ['flash', 'notice', 'page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    await tab.fetch('/notice', { method: 'POST' })
    assert.match((await tab.send('', { url: '/flash' }))[1][0][1], />saved</)
    assert.match((await tab.send('', { url: '/flash' }))[1][0][1], />none</)
  }),
  row('the flash of an action is read by the render after its own, once', ['flash', 'page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.match((await tab.send('counter#flash', { url: '/flash' }))[1][0][1], />none</)
    assert.match((await tab.send('', { url: '/flash' }))[1][0][1], />done</)
    assert.match((await tab.send('', { url: '/flash' }))[1][0][1], />none</)
  }),
  row('the flash of an action is read by the next visit, once', ['flash', 'page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    await tab.send('counter#flash')
    assert.match(await (await tab.fetch('/flash')).text(), />done</)
    assert.match(await (await tab.fetch('/flash')).text(), />none</)
  }),
]
