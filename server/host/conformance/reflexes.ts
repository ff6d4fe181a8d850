import { type Html, html } from '../../page/html.ts'
import { defineReflex, type Reflex } from '../../reflex/define.ts'

/** What the pages of a host under test call. */
export const hostReflexes: readonly Reflex<string, any>[] = [
  defineReflex('counter', {
    increment({ session, params }) {
      session.count = (session.count ?? 0) + Number(params.by ?? 1)
    },
    note({ locals }) {
      locals.note = 'once'
    },
    flash({ flash }) {
      flash.notice = 'done'
    },
    login({ session }) {
      session.user = 'ann'
      session.regenerate()
    },
  }),
  defineReflex(
    'member',
    {
      greet({ request, locals }) {
        locals.note = `hello ${userOf(request)}`
      },
    },
    { authorize: ({ request }) => userOf(request) !== undefined || 'unauthorized' },
  ),
]

/** The page of a host under test: its main tells `session.count` and `locals.note`, or what it is given. */
export function hostPage(
  session: Readonly<Record<string, any>>,
  locals: Readonly<Record<string, any>>,
  { main, head }: { main?: string | undefined; head?: Html | undefined } = {},
): string {
  const text = main ?? `count:${session.count ?? 0} note:${locals.note ?? ''}`
  return String(
    html`<!doctype html><html lang="en"><head><title>Page</title>${head}</head><body><main id="main" data-reflex-root>${text}</main></body></html>`,
  )
}

/** Where hosts keep what middleware found: on the request, in Koa's state, among Hono's variables (elsewhere `get` is of headers). */
function userOf(request: any): string | undefined {
  return request.user ?? request.state?.user ?? (request.get?.('user') || undefined)
}
