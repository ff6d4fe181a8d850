import { PatellaError } from '../../protocol/errors.ts'
import type { ReplyMore } from '../../protocol/messages.ts'
import type { PageResponse } from '../page/dispatch.ts'
import { cutRoots } from '../page/roots.ts'
import type { SessionView } from '../session/contract.ts'
import type { Asking } from './asking.ts'
import { type Caller, pageUrl } from './caller.ts'
import type { Deadline } from './deadline.ts'
import { urlAfter } from './moved.ts'
import type { Marked } from './opened.ts'
import type { Outcome, Reply } from './reply.ts'

/** One page to be rendered again. */
export interface PageTurn extends Marked {
  readonly caller: Caller
  /** Path and query. */
  readonly url: string
  readonly view: SessionView
  readonly locals: Record<string, unknown>
  readonly deadline: Deadline
}

/** Renders the page that a tab shows; rejects only where nothing could answer. */
export type Render = (page: PageTurn) => PageResponse | Promise<PageResponse>

export interface Rendered {
  readonly reply: Reply
  /** Lines that the page would have set. */
  readonly setCookie: readonly string[]
  /** Token of a hand-off, when the page itself changed the session's id. */
  readonly moved?: string | undefined
}

/** The page morph: renders, commits what rendering wrote, and cuts out the roots. */
export async function renderPage(
  { request, caller, url: before, deadline }: Asking,
  render: Render,
  view: SessionView,
  locals: Record<string, unknown>,
  more: ReplyMore,
): Promise<Rendered> {
  const url = urlAfter(caller, before, more.o)
  if (request.posted && url === before) throw new PatellaError('page_unnamed', { url })
  const response = await deadline.race(render({ caller, url, view, opened: view, locals, deadline }))
  const text = JSON.stringify({ status: 'ok', morph: 'page', more } satisfies Outcome)
  const note = { tab: caller.tab, n: request.n, low: request.low, text }
  const committed = await view.commit({ waitMs: deadline.remaining, note })
  if (!committed.ok) throw new PatellaError('render_conflict', { url })
  // A page may log its visitor in or out itself: the tab is told as after an action that does.
  const brought = { setCookie: response.setCookie, moved: committed.token }
  const to = locationOf(response, caller, url)
  if (to !== undefined) return { reply: { status: 'redirect', morph: 'nothing', more: { ...more, to } }, ...brought }
  refuseOthers(response, url)

  const { roots, missing, title } = cutRoots(response.body, request.roots)
  if (missing.length > 0) throw new PatellaError('root_missing', { url, root: missing[0] })
  const patches = roots.map((root) => [root.id, root.html] as const)
  const reply: Reply = {
    status: 'ok',
    morph: 'page',
    patches,
    more: title === undefined ? more : { ...more, t: title },
  }
  return { reply, ...brought }
}

/** Where a page that redirects leads to: a path within its origin, else a URL. */
export function locationOf({ status, headers }: PageResponse, caller: Caller, url: string): string | undefined {
  if (status < 300 || status > 399 || status === 304) return undefined
  const page = pageUrl(caller, url)
  const location = String(headers.location ?? '')
  const to = location !== '' && URL.canParse(location, page.href) ? new URL(location, page.href) : undefined
  if (to === undefined || !/^https?:$/.test(to.protocol)) throw new PatellaError('page_failed', { url, status })
  return to.origin === page.origin ? to.pathname + to.search + to.hash : to.href
}

/** Nothing but a page is ever morphed in. */
function refuseOthers({ status, headers, body }: PageResponse, url: string): void {
  if (status === 401) throw new PatellaError('page_unauthorized', { url })
  if (status === 403) throw new PatellaError('page_forbidden', { url })
  if (status === 404) throw new PatellaError('page_missing', { url })
  if (status < 200 || status > 299) throw new PatellaError('page_failed', { url, status })
  const type = String(headers['content-type'] ?? 'nothing')
  if (!/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) throw new PatellaError('page_not_html', { url, type })
  if (body.trim() === '') throw new PatellaError('page_empty', { url })
}
