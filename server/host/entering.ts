import { PatellaError } from '../../protocol/errors.ts'
import { dispatch, markOf, type PageResponse } from '../page/dispatch.ts'
import { requestOf } from '../reflex/caller.ts'
import type { Enter } from '../reflex/entering.ts'
import { Elsewhere } from '../reflex/interrupt.ts'
import type { Marked, OpenSession } from '../reflex/opened.ts'
import { locationOf } from '../reflex/page-morph.ts'
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
  readonly #left: Promise<void>
  #arrive: (request: unknown) => void = () => {}
  #leave: () => void = () => {}

  constructor(opened: OpenSession) {
    this.opened = opened
    this.arrived = new Promise((resolve) => {
      this.#arrive = resolve
    })
    this.#left = new Promise((resolve) => {
      this.#leave = resolve
    })
  }

  /** `request` is what the host gives its routes. Resolves when the action has ended. */
  arrive(request: unknown): Promise<void> {
    this.#arrive(request)
    return this.#left
  }

  leave(): void {
    this.#leave()
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
    const signal = AbortSignal.any([deadline.signal, stop.signal])
    // Patella's own server has no middleware to run.
    const listener = own ?? caller.app ?? bare
    const page = requestOf(caller, own ? url : caller.stripped ? path : basePath.prefix + path)
    const answered = dispatch(listener, { ...page, locals: {}, signal, limit, mark: gate })
    const early = answered.then((response) => refuse(response, request.target, locationOf(response, caller, url)))
    early.catch(() => {})

    async function leave(keep: boolean): Promise<readonly string[]> {
      if (!keep) {
        stop.abort(new PatellaError('session_closed'))
        return []
      }
      gate.leave()
      const { status, setCookie } = await answered
      if (status >= 400) throw new PatellaError('middleware_answered', { status })
      return setCookie
    }
    return { request: await Promise.race([gate.arrived, early]), leave }
  }
}

const arrive: Middleware = (request, response) =>
  void (markOf(request) as Gate).arrive(request).then(() => response.writeHead(204).end())

/** A middleware that answers has its reasons. */
function refuse({ status }: PageResponse, action: string, to: string | undefined): never {
  if (to !== undefined) throw new Elsewhere(to)
  if (status === 401) throw new PatellaError('not_authorized', { action })
  if (status === 403) throw new PatellaError('not_permitted', { action })
  throw new PatellaError('middleware_answered', { status })
}
