import assert from 'node:assert/strict'
import { applyDelta, checksum } from '../../../protocol/delta.ts'
import { type Row, row } from './row.ts'

/** Visits, and pages rendered again through the host. */
export const pageRows: readonly Row[] = [
  row('to a tab that reads deltas a page rendered again is one, once it has a text', ['page'], async ({ open }) => {
    const tab = open({ deltas: true })
    await tab.fetch('/page')
    await tab.connect()
    const [, [[root, html]], more] = await tab.send('counter#increment')
    assert.deepEqual([root, more], ['main', { t: 'Page' }])
    const [, [[index, back, delta, sum]], ...rest] = await tab.send('counter#increment')
    assert.deepEqual([index, back, rest], [0, 1, []])
    const text = applyDelta(html, delta)
    assert.match(text, /count:2/)
    assert.equal(checksum(text), sum)
    // After a new connection it is whole again.
    await tab.connect()
    assert.equal((await tab.send('counter#increment'))[1][0][0], 'main')
  }),
  row('a visit gives the page and a cookie that scripts cannot read', ['page'], async ({ tab, base }) => {
    const response = await tab.fetch('/page')
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(await response.text(), /count:0 note:</)
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('_session='))
    assert.match(cookie ?? '', /; HttpOnly/i)
    assert.match(cookie ?? '', new RegExp(`; Path=${base || '/'}(;|$)`))
  }),
  row('a reflex changes what a reload shows, before it is answered', ['page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    const [n, patches, more] = await tab.send('counter#increment')
    assert.equal(n, 1)
    assert.deepEqual(more, { t: 'Page' })
    assert.deepEqual(patches, [['main', '<main id="main" data-reflex-root>count:1 note:</main>']])
    assert.match(await (await tab.fetch('/page')).text(), /count:1/)
  }),
  row('locals reach the one render that follows', ['page'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.match((await tab.send('counter#note'))[1][0][1], /note:once/)
    assert.match((await tab.send(''))[1][0][1], /note:</)
    assert.match(await (await tab.fetch('/page')).text(), /note:</)
  }),
  row("the app's own guard decides what is rendered again", ['page', 'guarded'], async ({ tab }) => {
    await tab.fetch('/page')
    await tab.connect()
    assert.deepEqual((await tab.send('counter#increment', { url: '/guarded' })).slice(0, 2), [1, 'unauthorized'])
  }),
  row(
    'a page that redirects, fails, is missing or no HTML is never morphed in',
    ['page', 'redirect', 'broken', 'json'],
    async ({ tab, base }) => {
      await tab.fetch('/page')
      await tab.connect()
      assert.deepEqual(await tab.send('', { url: '/redirect' }), [1, 'redirect', { to: `${base}/page` }])
      for (const [url, code] of Object.entries({
        '/broken': 'page_failed',
        '/nowhere': 'page_missing',
        '/json': 'page_not_html',
      })) {
        const [, status, more] = await tab.send('', { url })
        assert.deepEqual([status, more.code], ['error', code], url)
        assert.doesNotMatch(JSON.stringify(more), /canary/)
      }
    },
  ),
  row(
    'a route that fails answers a visit with 500, and the next one is answered',
    ['page', 'broken'],
    async ({ tab }) => {
      assert.equal((await tab.fetch('/broken')).status, 500)
      assert.equal((await tab.fetch('/page')).status, 200)
    },
  ),
  row('a page that streams is visited and rendered again whole', ['stream'], async ({ tab }) => {
    assert.match(await (await tab.fetch('/stream')).text(), /count:0[\s\S]*<\/html>$/)
    await tab.connect()
    assert.match((await tab.send('counter#increment', { url: '/stream' }))[1][0][1], /count:1[\s\S]*<\/main>$/)
  }),
  row('middleware before the route runs for a render again', ['order', 'language'], async ({ tab }) => {
    await tab.fetch('/order')
    await tab.connect()
    assert.match((await tab.send('', { url: '/order' }))[1][0][1], />first</)
    assert.match((await tab.send('', { url: '/language' }))[1][0][1], />fr-CA</)
  }),
  row('a page of the visit’s language is rendered again in that of the tab', ['language'], async ({ tab }) => {
    const visit = await tab.fetch('/language', { headers: { 'accept-language': 'de' } })
    assert.match(await visit.text(), />de</)
    await tab.connect()
    assert.match((await tab.send('', { url: '/language' }))[1][0][1], />fr-CA</)
  }),
  row('HEAD has the headers of GET and no body; unknown paths are 404', ['page'], async ({ tab }) => {
    const head = await tab.fetch('/page', { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.match(head.headers.get('content-type') ?? '', /^text\/html/)
    assert.equal(await head.text(), '')
    assert.equal((await tab.fetch('/nowhere')).status, 404)
  }),
  row('a visit may be answered 304, a render again never is', ['etag'], async ({ tab, open }) => {
    const etag = (await tab.fetch('/etag')).headers.get('etag') ?? ''
    assert.match(etag, /^(?:W\/)?".+"$/)
    const headers = { 'if-none-match': etag }
    assert.equal((await tab.fetch('/etag', { headers })).status, 304)
    const conditional = open({ headers, cookies: tab.cookies })
    await conditional.connect()
    const [, patches] = await conditional.send('', { url: '/etag' })
    assert.match(patches[0][1], /^<main .*count:0/)
  }),
  row('a page of Patella’s own is served beside the host’s routes', ['own'], async ({ tab }) => {
    const visit = await tab.fetch('/own')
    assert.match(visit.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(await visit.text(), /count:0/)
    const cookies = visit.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))
    assert.deepEqual(cookies.sort(), ['_session', 'seen'])
    const head = await tab.fetch('/own', { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])
    await tab.connect()
    assert.match((await tab.send('counter#increment', { url: '/own' }))[1][0][1], /count:1/)
  }),
]
