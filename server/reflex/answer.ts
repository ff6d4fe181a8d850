import { PatellaError } from '../../protocol/errors.ts'
import type { ReplyMore } from '../../protocol/messages.ts'
import type { PageResponse } from '../page/dispatch.ts'
import { cutRoots } from '../page/roots.ts'
import type { SessionView } from '../session/sessions.ts'
import type { Caller } from './caller.ts'
import type { Deadline } from './deadline.ts'
import type { Reply } from './reply.ts'
import type { ReflexRequest } from './request.ts'

/** One page to be rendered again. */
export interface PageTurn {
  readonly caller: Caller
  readonly view: SessionView
  readonly locals: Record<string, unknown>
  readonly signal: AbortSignal
}

/** Renders the page that a tab shows; rejects only where nothing could answer. */
export type Render = (page: PageTurn) => Promise<PageResponse>

interface PageMorph {
  readonly request: ReflexRequest
  readonly caller: Caller
  readonly deadline: Deadline
  readonly view: SessionView
  readonly locals: Record<string, unknown>
  readonly more: ReplyMore
  readonly render: Render
}

/** The page morph: renders, commits what rendering wrote, and cuts out the roots. */
export async function renderPage({ request, caller, deadline, view, locals, more, render }: PageMorph): Promise<Reply> {
  const response = await deadline.race(render({ caller, view, locals, signal: deadline.signal }))
  const committed = await view.commit({ waitMs: deadline.remaining })
  if (!committed.ok) throw new PatellaError('session_conflict')
  const { url } = caller
  const { status } = response
  if (status >= 300 && status < 400 && status !== 304) return redirected(response, caller, more)
  if (status === 401) throw new PatellaError('not_authorized', { action: url })
  if (status === 403) throw new PatellaError('not_permitted', { action: url })
  if (status === 404) throw new PatellaError('page_missing', { url })
  if (status < 200 || status > 299) throw new PatellaError('page_failed', { url, status })
  const type = String(response.headers['content-type'] ?? 'nothing')
  if (!/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) throw new PatellaError('page_not_html', { url, type })

  const { roots, missing, title } = cutRoots(response.body, request.roots)
  if (missing.length > 0) throw new PatellaError('root_missing', { url, root: missing[0] })
  const patches = roots.map((root) => [root.id, root.html] as const)
  return { status: 'ok', morph: 'page', patches, more: title === undefined ? more : { ...more, t: title } }
}

/** A page that redirects is never morphed in: the tab goes where it leads. */
function redirected(response: PageResponse, caller: Caller, more: ReplyMore): Reply {
  const location = String(response.headers.location ?? '')
  const base = `${caller.scheme}://${caller.host}${caller.url}`
  if (location === '' || !URL.canParse(location, base))
    throw new PatellaError('page_failed', { url: caller.url, status: response.status })
  const to = new URL(location, base)
  if (!/^https?:$/.test(to.protocol))
    throw new PatellaError('page_failed', { url: caller.url, status: response.status })
  const own = to.host === caller.host
  return {
    status: 'redirect',
    morph: 'nothing',
    more: { ...more, to: own ? to.pathname + to.search + to.hash : to.href },
  }
}
