import { PatellaError } from '../../protocol/errors.ts'
import { dispatch, markOf, type PageResponse } from '../page/dispatch.ts'
import { requestOf } from '../reflex/caller.ts'
import type { Enter } from '../reflex/entering.ts'
import { Elsewhere } from '../reflex/interrupt.ts'
import type { Marked, OpenSession } from '../reflex/opened.ts'
import { locationOf } from '../reflex/page-morph.ts'
import { answerText, sendAnswer } from './answer.ts'
import type { BasePath } from './base-path.ts'
import { compose, type Middleware } from './middleware.ts'

/**
 * The app's own middleware for actions: a list of Connect's kind; or the host's, as far as it stands before Patella.
 * Express's types ask for its own request and response, which are narrower than Node's.
 */
export type Use = readonly ((request: any, response: any, next: (error?: any) => void) => unknown)[] | 'host'

/**
 * The mark of a request that passes through middleware for nothing but what they make of it. Who meets it at the end
 * calls `arrive`, and answers when that resolves.
 */
export class Gate implements Marked {
  readonly opened: OpenSession
  readonly arrived: Promise<unknown>
  readonly #left: Promise<boolean>
  #arrive: (request: unknown) => void = () => {}
  #leave: (keep: boolean) => void = () => {}

  constructor(opened: OpenSession) {
    this.opened = opened
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#left = new Promise((resolve) => {
      this.#leave = resolve
    })
  }

  /**
   * `request` is what the host gives its routes. Resolves when the action has ended: to false when nothing that it did is
   * kept. No answer is wanted then, and the middleware that waits for one ends as it does when a route throws.
   */
  arrive(request: unknown): Promise<boolean> {
    this.#arrive(request)
    return this.#left
  }

  leave(keep: boolean): void {
    this.#leave(keep)
  }
}

/**
 * Thrown up the host's middleware where that waits for what is behind it, as Koa's and Hono's does, so that transactions are
 * rolled back and connections given back. The action's own error has been told already: neither host logs this one.
 */
export class ActionUndone extends Error {
  /** Of http-errors: Koa logs none that has it. */
  readonly expose = true
  readonly status = 409

  constructor() {
    super('The action did not succeed; nothing that it did is kept.')
  }

  /** Of Hono's HTTPException. */
  getResponse(): Response {
    return new Response(null, { status: this.status })
  }
}

export interface EnterOptions {
  readonly use: Use
  /** Where the host's middleware is met, behind the base path. */
  readonly path: string
  readonly basePath: BasePath
  /** Most bytes that a middleware may answer with. */
  readonly limit: number
}

export function createEnter({ use, path, basePath, limit }: EnterOptions): Enter {
  const own = use === 'host' ? undefined : compose([...use, arrive])
  const bare = compose([arrive])

  return async (asking, opened) => {
    const { caller, url, deadline, request } = asking
    const gate = new Gate(opened)
    const stop = new AbortController()
    const { signal } = stop
    deadline.signal.addEventListener('abort', () => stop.abort(new ActionUndone()), { once: true })
    // Patella's own server has no middleware to run.
    const listener = own ?? caller.app ?? bare
    const page = requestOf(caller, own ? url : caller.stripped ? path : basePath.prefix + path)
    const answered = dispatch(listener, { ...page, locals: {}, signal, limit, mark: gate })
    const early = answered.then((response) => refuse(response, request.target, locationOf(response, caller, url)))
    early.catch(() => {})

    async function leave(keep: boolean): Promise<readonly string[]> {
      if (!keep) stop.abort(new ActionUndone())
      gate.leave(keep)
      if (!keep) return []
      const { status, setCookie } = await answered
      if (status >= 400) throw new PatellaError('middleware_answered', { status })
      return setCookie
    }
    return { request: await Promise.race([gate.arrived, early]), leave }
  }
}

const done = answerText(204, '')

const arrive: Middleware = (request, response) =>
  void (markOf(request) as Gate).arrive(request).then((kept) => kept && sendAnswer(response, done))

/** A middleware that answers has its reasons. */
function refuse({ status }: PageResponse, action: string, to: string | undefined): never {
  if (to !== undefined) throw new Elsewhere(to)
  if (status === 401) throw new PatellaError('not_authorized', { action })
  if (status === 403) throw new PatellaError('not_permitted', { action })
  throw new PatellaError('middleware_answered', { status })
}
