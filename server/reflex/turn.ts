import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { ReplyMore } from '../../protocol/messages.ts'
import type { SessionView } from '../session/contract.ts'
import type { Session } from '../session/session.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Asking } from './asking.ts'
import { type Caller, ContextSource } from './caller.ts'
import { type ContextData, RequestContext } from './context.ts'
import type { Deadline } from './deadline.ts'
import type { Enter, Entered } from './entering.ts'
import { Elsewhere } from './interrupt.ts'
import { invoke } from './invoke.ts'
import { type Render, renderPage } from './page-morph.ts'
import { parseForm } from './params.ts'
import type { Parcel, Parcels } from './parcel.ts'
import type { ActionEntry } from './registry.ts'
import { type Outcome, outcomeOf, type Reply, redirectTo, replyOf } from './reply.ts'
import type { ReflexRequest } from './request.ts'
import { newCookies, withCookies } from './set-cookie.ts'

/** What every request of an app is worked on with. */
export interface Services {
  readonly sessions: Sessions
  readonly limits: Limits
  /** The app's own context for one request. */
  readonly context: (source: ContextSource) => ContextData | Promise<ContextData>
  /** Runs the app's own middleware for an action; absent where the app named none. */
  readonly enter?: Enter | undefined
  readonly render: Render
  readonly parcels: Parcels
}

/** What an action left. */
export interface Acted {
  readonly outcome: Outcome
  /** The outcome as JSON, ready to be noted. */
  readonly text: string
  /** Whether what the action changed is to be committed. */
  readonly keep: boolean
  readonly locals: Record<string, unknown>
}

/** Points on a request's way at which a test can hold it, or end the process. */
export type Reach = (point: 'loaded' | 'committing' | 'committed' | 'replying') => Promise<void>

export interface TurnParts extends Asking {
  readonly sid: string
  readonly services: Services
  readonly fail: (error: unknown) => Outcome
  readonly reach?: Reach | undefined
}

/** One request on its way through the house. */
export class Turn implements Asking {
  readonly request: ReflexRequest
  readonly caller: Caller
  /** Id of the session for which the tab speaks. */
  readonly sid: string
  readonly url: string
  readonly deadline: Deadline
  readonly services: Services
  /** How the request ends when this was thrown. */
  readonly fail: (error: unknown) => Outcome
  readonly reach: Reach | undefined

  constructor({ request, caller, sid, url, deadline, services, fail, reach }: TurnParts) {
    this.request = request
    this.caller = caller
    this.sid = sid
    this.url = url
    this.deadline = deadline
    this.services = services
    this.fail = fail
    this.reach = reach
  }

  get sessions(): Sessions {
    return this.services.sessions
  }

  /** Runs the action on a session; what it throws is how it ended, never thrown. `leave` is its flash. */
  async act(entry: ActionEntry, session: Session, leave: Record<string, unknown>): Promise<Acted> {
    const { deadline, services } = this
    let entered: Entered | undefined
    try {
      if (services.enter) entered = await deadline.race(services.enter(this, { session, leave, flash: {} }))
      const source = new ContextSource(session, this.caller, this.url, entered?.request)
      const context = new RequestContext(this, source, leave)
      context.params = parseForm(this.request.form, services.limits)
      context.extend(await deadline.race(services.context(source)))
      const outcome = outcomeOf(await deadline.race(invoke(entry, context)), context.effects)
      const keep = kept.has(outcome.status)
      if (entered) this.#carry(outcome.more, await deadline.race(entered.leave(keep)))
      // Here, so that a result or an operation that JSON cannot hold is the action's error and not the commit's.
      const text = JSON.stringify(outcome)
      return { outcome, text, keep, locals: context.locals }
    } catch (error) {
      void entered?.leave(false).catch(() => {})
      const outcome = error instanceof Elsewhere ? redirectTo(error.to) : this.fail(error)
      return { outcome, text: JSON.stringify(outcome), keep: false, locals: {} }
    }
  }

  /** The reply to a request that ended so, its page rendered on `view`. `token` when the session's id changed. */
  async answer(outcome: Outcome, view: SessionView, { token, renew, locals = {} }: AnswerOptions = {}): Promise<Reply> {
    if (outcome.status !== 'ok' || outcome.morph !== 'page') return this.#handOver(replyOf(outcome), { token, renew })
    try {
      const asking = this.#withCookies(outcome.more)
      const { reply, setCookie, moved } = await renderPage(asking, this.services.render, view, locals, outcome.more)
      const brought = newCookies(setCookie, asking.caller.cookie)
      return this.#handOver(reply, { token: token ?? moved, renew, setCookie: brought })
    } catch (error) {
      // What the action committed stays, and is not told of as undone; a token must reach the tab all the same.
      const failed = replyOf(this.fail(asRenderError(error, this.url)))
      return this.#handOver({ ...failed, more: { ...failed.more, ...carriedIn(outcome.more) } }, { token, renew })
    }
  }

  /** With what the action's middleware has set: the page after a login is the page of who has logged in. */
  #withCookies({ h }: ReplyMore): Asking {
    const { request, url, deadline, caller, services } = this
    const set = h === undefined ? [] : (services.parcels.open(h, this.#address)?.fitting(caller.cookie) ?? [])
    if (set.length === 0) return this
    return { request, url, deadline, caller: { ...caller, cookie: withCookies(caller.cookie, set) } }
  }

  /** Puts cookies into what is noted of the request, so that a repeat brings them as well. */
  #carry(more: ReplyMore, setCookie: readonly string[]): void {
    const h = this.services.parcels.pack({ setCookie: newCookies(setCookie, this.caller.cookie) }, this.#address)
    if (h !== undefined) more.h = h
  }

  /** Puts what the browser is to fetch by the quiet request into one text: the session's new id, and cookies. */
  #handOver(reply: Reply, { token, renew, setCookie = [] }: Partial<Parcel>): Reply {
    // One that was packed for an id of before cannot be opened any more, and is not sent again.
    const { h: before, ...more } = reply.more
    const h = this.services.parcels.pack({ token, renew, setCookie }, this.#address, before)
    return { ...reply, more: h === undefined ? more : { ...more, h } }
  }

  get #address() {
    const { tab, cookie } = this.caller
    return { tab, cookie, n: this.request.n, sid: this.sid }
  }
}

function carriedIn({ h }: ReplyMore): ReplyMore {
  return h === undefined ? {} : { h }
}

/** Time-outs and conflicts say that nothing was written, which is not so after the commit. */
function asRenderError(error: unknown, url: string): unknown {
  const code = error instanceof PatellaError ? error.code : undefined
  if (code === 'action_timeout') return new PatellaError('page_timeout', { url }, { cause: error })
  if (code === 'session_busy' || code === 'session_conflict')
    return new PatellaError('render_conflict', { url }, { cause: error })
  return error
}

interface AnswerOptions {
  readonly token?: string | undefined
  /** The browser's cookie gets old: it is given it again. */
  readonly renew?: boolean
  readonly locals?: Record<string, unknown>
}

const kept: ReadonlySet<string> = new Set(['ok', 'halted', 'redirect'])
