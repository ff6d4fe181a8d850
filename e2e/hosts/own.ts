import type { PageContext } from 'patella'
import { type HostKit, hostPage } from 'patella/conformance'
import { connectParts, nonceOf } from './connect.ts'
import { createApps, underTest } from './start.ts'

const routes = 'it serves pages alone'

export const ownKit: HostKit = {
  name: "Patella's own",
  without: {
    count: routes,
    login: routes,
    body: routes,
    stream: 'its pages are sent whole',
    order: 'a page does not see what middleware in `use` put into the answer',
    etag: 'its pages have none: a proxy in front of it adds one',
    notice: routes,
    parser: 'no route of the app reads a body',
    user: 'no middleware but the list in `use`',
    beside: 'a server of its own for each',
    going: 'its server closes with it',
  },
  async start(setup) {
    const { before, log } = setup
    const use = before.flatMap((part) => connectParts[part]?.(log) ?? [])
    const more = { ...(before.includes('trust') && { trustProxy: true }), ...(use.length > 0 && { use }) }
    const apps = createApps(setup, more)
    const [{ base, patella }] = apps as [(typeof apps)[number]]
    const page = ({ session, locals }: PageContext) => hostPage(session, locals)

    patella.page('/page', page)
    patella.page('/guarded', (ctx) => (ctx.session.user ? page(ctx) : new Response('no', { status: 401 })))
    patella.page('/redirect', () => new Response(null, { status: 302, headers: { location: `${base}/page` } }))
    patella.page('/broken', () => {
      throw new Error('canary')
    })
    patella.page('/json', () => Response.json({}))
    patella.page('/cookie', (ctx) => {
      const headers = { 'content-type': 'text/html', 'set-cookie': 'seen=1' }
      return new Response(page(ctx), { headers })
    })
    patella.page('/language', ({ language }) => hostPage({}, {}, { main: language }))
    patella.page('/script', ({ session, locals, request }) => {
      const head = patella.scriptTag({ nonce: nonceOf(request) })
      return hostPage(session, locals, { head })
    })
    patella.page('/flash', ({ flash }) => hostPage({}, {}, { main: String(flash.notice ?? 'none') }))
    patella.page('/form', () => {
      const actions = ['increment', 'note'].map((name) => patella.action(`counter#${name}`, { page: `${base}/page` }))
      return hostPage({}, {}, { main: actions.join(' ') })
    })
    const server = await patella.listen(0, '127.0.0.1')
    return underTest(server, apps, { ...setup, attach: false })
  },
}
