import assert from 'node:assert/strict'
import type { Tab } from '../tab.ts'
import type { HostPart } from './contract.ts'
import { type Row, row } from './row.ts'

/** Forms that a browser submits itself, and bodies, whoever reads them. */
export const formRows: readonly Row[] = [
  row('a form without JavaScript runs its action and leads back', ['form', 'page'], async ({ tab, base }) => {
    const [increment] = await addressesOf(tab, base)
    const sent = await submit(tab, increment, { origin: tab.origin })
    assert.deepEqual([sent.status, sent.headers.get('location')], [303, `${base}/page`])
    assert.match(await (await tab.fetch('/page')).text(), /count:3/)
  }),
  row('a form of another origin, or of none, is refused', ['form', 'page'], async ({ tab, base }) => {
    const [increment] = await addressesOf(tab, base)
    for (const headers of [{ origin: 'https://evil.example' }, {}, { 'sec-fetch-site': 'cross-site' }]) {
      const refused = await submit(tab, increment, headers)
      assert.equal(refused.status, 403)
      assert.match(await refused.text(), /^origin_refused/)
    }
    assert.match(await (await tab.fetch('/page')).text(), /count:0/)
    assert.equal((await submit(tab, increment, { 'sec-fetch-site': 'same-origin' })).status, 303)
  }),
  row('locals of a form’s action reach the one visit that follows', ['form', 'page'], async ({ tab, base }) => {
    const [, note] = await addressesOf(tab, base)
    await submit(tab, note, { origin: tab.origin })
    assert.match(await (await tab.fetch('/page')).text(), /note:once/)
    assert.match(await (await tab.fetch('/page')).text(), /note:</)
  }),
  row(
    'locals of a form’s action reach one visit, whatever cookies that sets',
    ['form', 'cookie', 'page'],
    async ({ tab, base }) => {
      const [, note] = await addressesOf(tab, base)
      await submit(tab, note, { origin: tab.origin })
      assert.match(await (await tab.fetch('/cookie')).text(), /note:once/)
      assert.deepEqual([...tab.cookies].map(([name]) => name).sort(), ['_session', 'seen'])
    },
  ),
  row('the flash of a form’s action is read by the page that it leads to, once', ['flash'], async ({ tab, base }) => {
    const address = `/patella/action/counter/flash?page=${base}/flash`
    assert.equal((await submit(tab, address, { origin: tab.origin })).headers.get('location'), `${base}/flash`)
    assert.match(await (await tab.fetch('/flash')).text(), />done</)
    assert.match(await (await tab.fetch('/flash')).text(), />none</)
  }),
  ...parsed('before Patella', { before: ['parser'] }),
  ...parsed('after Patella', { after: ['parser'] }),
]

/** Rows for a parser of bodies at one of the two places where apps have it. */
function parsed(where: string, parts: { before?: readonly HostPart[]; after?: readonly HostPart[] }): readonly Row[] {
  return [
    row(
      `with a body parser ${where}, the quiet request and forms are read`,
      ['page', 'form'],
      async ({ tab, base }) => {
        assert.equal((await tab.quiet({})).status, 204)
        assert.notEqual(tab.cookies.get('_session'), undefined)
        await tab.connect()
        const [n, , { h }] = await tab.send('counter#login')
        assert.equal((await tab.quiet({ t: tab.id, n, h })).status, 204)
        const [increment] = await addressesOf(tab, base)
        assert.equal((await submit(tab, increment, { origin: tab.origin })).status, 303)
        assert.match(await (await tab.fetch('/page')).text(), /count:3/)
      },
      parts,
    ),
    row(
      `with a body parser ${where}, the app’s own routes get their body`,
      ['body', 'page'],
      async ({ tab }) => {
        await tab.fetch('/page')
        const headers = { 'content-type': 'application/json' }
        const sent = await tab.fetch('/body', { method: 'POST', headers, body: '{"a":[1]}' })
        assert.deepEqual(await sent.json(), { a: [1] })
      },
      parts,
    ),
  ]
}

/** What `patella.action()` gave for the two actions, behind the base path. */
async function addressesOf(tab: Tab, base: string): Promise<[increment: string, note: string]> {
  const page = await (await tab.fetch('/form')).text()
  const [, text = ''] = /<main [^>]*>([^<]*)</.exec(page) ?? []
  const addresses = text.replaceAll('&amp;', '&').split(' ')
  for (const address of addresses) assert.ok(address.startsWith(`${base}/patella/action/counter/`), address)
  return addresses.map((address) => address.slice(base.length)) as [string, string]
}

function submit(tab: Tab, address: string, headers: Record<string, string>): Promise<Response> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return tab.fetch(address, { method: 'POST', headers: { ...type, ...headers }, body: 'by=3' })
}
