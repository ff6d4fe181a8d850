import { postedMark } from '../../protocol/messages.ts'
import { markOf } from '../page/dispatch.ts'
import type { PageTurn } from '../reflex/page-morph.ts'
import { type Answer, answerText } from './answer.ts'
import type { BasePath } from './base-path.ts'
import { Gate } from './entering.ts'
import { holdResponse } from './hold-response.ts'
import type { NextLocals } from './next-locals.ts'
import type { OwnRoutes } from './own-routes.ts'
import type { PageSource } from './page-source.ts'
import type { Received } from './received.ts'
import type { Refuse } from './refusal.ts'

/**
 * What a host does with a request. `'sent'`: nothing, the response is on its way. `'undone'`: nobody wants one, and what
 * waits for it gets an `ActionUndone`. Undefined: the request is the host's own.
 */
export type Fronted = Answer | 'sent' | 'undone' | undefined

export type Front = (received: Received) => Fronted | Promise<Fronted>

export interface FrontOptions {
  /** Where Patella's own routes are, behind the base path. */
  readonly path: string
  readonly basePath: BasePath
  readonly own: OwnRoutes
  readonly pages: PageSource
  readonly nextLocals: NextLocals
  readonly refuse: Refuse
  /** Told of each request, before anything else; of those that `dispatch` made as well. */
  readonly seen: (received: Received, inProcess: boolean) => void
}

/**
 * The one way by which plain requests come in, whatever the host: Patella's own routes and pages are answered, everything
 * else is handed on. What fails is answered too; it never rejects.
 */
export function createFront(options: FrontOptions): Front {
  const { path, basePath, pages, nextLocals } = options

  function answer(received: Received, url: string): ReturnType<Front> {
    const { request, response } = received
    const mark = markOf(request)
    if (mark instanceof Gate)
      return mark.arrive(received.native).then((kept) => (kept ? answerText(204, '') : 'undone'))
    const inside = basePath.behind(url)
    if (inside.startsWith(`${path}/`)) return ownRoute(received, inside.slice(path.length + 1))
    const whole = basePath.whole(url)
    if (mark !== undefined) {
      const { locals } = mark as PageTurn
      received.locals(locals)
      return pages.visit(request, response, whole, locals)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // Should it be answered by a page, that page's script has to know.
      if (request.headers.accept?.includes('text/html')) response.appendHeader('server-timing', postedMark)
      return undefined
    }
    return nextLocals.awaits(request) ? afterForm(received, whole) : pages.visit(request, response, whole, {})
  }

  function ownRoute(received: Received, rest: string): ReturnType<OwnRoutes> {
    const { request } = received
    const read = request.method === 'POST' ? received.body?.() : undefined
    if (read === undefined) return options.own(received, rest)
    return Promise.resolve(read).then((body) => {
      Object.assign(request, { body })
      return options.own(received, rest)
    })
  }

  /** A form's action has left locals for this visit. */
  async function afterForm(received: Received, url: string): Promise<Answer | 'sent' | undefined> {
    const { request, response } = received
    // When the headers go out: hosts put what a route sets in the place of what was set before.
    holdResponse(response, () => void response.appendHeader('set-cookie', nextLocals.ended), options.refuse)
    const locals = nextLocals.take(await pages.openPlain(request))
    received.locals(locals)
    return pages.visit(request, response, url, locals)
  }

  function refused(error: unknown): Answer {
    const { status, text } = options.refuse(error)
    return answerText(status, text, status === 426 ? { upgrade: 'websocket' } : {})
  }

  return (received) => {
    try {
      options.seen(received, markOf(received.request) !== undefined)
      const answered = answer(received, received.url ?? received.request.url ?? '/')
      return answered instanceof Promise ? answered.catch(refused) : answered
    } catch (error) {
      return refused(error)
    }
  }
}
