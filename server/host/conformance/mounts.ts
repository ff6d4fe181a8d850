import assert from 'node:assert/strict'
import { type Row, row } from './row.ts'

/** Several apps on one server, and several hosts of one app. */
export const mountRows: readonly Row[] = [
  row(
    'apps at /shop, at /blog and at the root of one server stay apart',
    ['page'],
    async ({ open, tab }) => {
      const { cookies } = tab
      const tabs = ['/shop', '/blog', ''].map((base) => open({ base, cookies }))
      for (const [n, one] of tabs.entries()) {
        const visit = await one.fetch('/page')
        assert.match(visit.headers.getSetCookie().join(), new RegExp(`; Path=${['/shop', '/blog', '/'][n]}(;|$)`))
        await one.connect()
      }
      const [shop, blog, root] = tabs as [typeof tab, typeof tab, typeof tab]
      await shop.send('counter#increment')
      await shop.send('counter#increment')
      await blog.send('counter#increment')
      const counts = await Promise.all([shop, blog, root].map(async (one) => (await one.send(''))[1][0][1]))
      assert.deepEqual(
        counts.map((html) => /count:\d/.exec(html)?.[0]),
        ['count:2', 'count:1', 'count:0'],
      )
      assert.match(await (await blog.fetch('/page')).text(), /count:1/)
    },
    { mounts: ['/shop', '/blog', ''] },
  ),
  row(
    'tenants on subdomains share the cookie of their domain',
    ['page'],
    async ({ open }) => {
      const shop = open({ origin: 'http://a.example.test' })
      const { cookies } = shop
      assert.match((await shop.fetch('/page')).headers.getSetCookie().join(), /; Domain=example\.test/)
      await shop.connect()
      await shop.send('counter#increment')
      const blog = open({ origin: 'http://b.example.test', cookies })
      assert.match(await (await blog.fetch('/page')).text(), /count:1/)
      await blog.connect()
      assert.match((await blog.send('counter#increment'))[1][0][1], /count:2/)
    },
    { domain: 'example.test' },
  ),
]
