import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type Row, row } from './row.ts'

/** Patella's own routes. */
export const routeRows: readonly Row[] = [
  row('the script tells the address of the cable and is revalidated', [], async ({ tab, base }) => {
    const script = await tab.fetch('/patella/client.js')
    assert.equal(script.status, 200)
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/)
    const config = { path: `${base}/patella`, cable: `${base}/patella/cable` }
    assert.ok((await script.text()).startsWith(`self.Patella=${JSON.stringify(config)};\n`))
    const etag = script.headers.get('etag') ?? ''
    const unchanged = await tab.fetch('/patella/client.js', { headers: { 'if-none-match': etag } })
    assert.equal(unchanged.status, 304)
    assert.equal(unchanged.headers.get('etag'), etag)
    assert.equal((await tab.fetch('/patella/nothing.js')).status, 404)
  }),
  row('the script’s tag leads to an immutable file with its digest', ['script'], async ({ tab, base }) => {
    const tag = /<script [^>]*>/.exec(await (await tab.fetch('/script')).text())?.[0] ?? ''
    const [, src = ''] = / src="([^"]*)"/.exec(tag) ?? []
    assert.ok(src.startsWith(`${base}/patella/client-`), tag)
    const script = await tab.fetch(src.slice(base.length))
    assert.equal(script.status, 200)
    assert.match(script.headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
    const digest = createHash('sha384')
      .update(Buffer.from(await script.arrayBuffer()))
      .digest('base64')
    assert.ok(tag.includes(` integrity="sha384-${digest}"`), tag)
  }),
  row('it is in health, and ready', [], async ({ tab }) => {
    const health = await tab.fetch('/patella/health')
    assert.deepEqual([health.status, (await health.text()).trim()], [200, 'ok'])
    assert.equal((await tab.fetch('/patella/ready')).status, 200)
  }),
  row(
    'it is unready, and in health, once it closes',
    [],
    async ({ tab, host }) => {
      const drained = host.drain()
      assert.equal((await tab.fetch('/patella/ready')).status, 503)
      assert.equal((await tab.fetch('/patella/health')).status, 200)
      await drained
    },
    { parts: ['going'] },
  ),
  row('the quiet request is of the same origin only', [], async ({ tab }) => {
    const headers = { 'content-type': 'application/json' }
    for (const origin of [{ origin: 'https://evil.example' }, {}]) {
      const refused = await tab.fetch('/patella/session', {
        method: 'POST',
        headers: { ...headers, ...origin },
        body: '{}',
      })
      assert.deepEqual([refused.status, refused.headers.getSetCookie()], [403, []])
    }
    assert.equal((await tab.fetch('/patella/session')).status, 405)
  }),
]
