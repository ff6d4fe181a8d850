import type { Limits } from '../../protocol/limits.ts'
import type { Session } from '../session/session.ts'
import type { Sessions, SessionView } from '../session/sessions.ts'
import { type Render, renderPage } from './answer.ts'
import type { Caller } from './caller.ts'
import { type ContextData, RequestContext } from './context.ts'
import type { Deadline } from './deadline.ts'
import { invoke } from './invoke.ts'
import { urlAfter } from './moved.ts'
import { type Params, parseForm } from './params.ts'
import type { ActionEntry } from './registry.ts'
import { type Note, noteOf, type Reply, replyOf } from './reply.ts'
import type { ReflexRequest } from './request.ts'

/** One request on its way through the house. */
export interface Turn {
  readonly request: ReflexRequest
  readonly caller: Caller & { readonly sid: string }
  readonly deadline: Deadline
  readonly sessions: Sessions
  /** Runs the action on a session; what it throws is noted, never thrown. */
  act(session: Session, flash: Record<string, unknown>): Promise<Acted>
  /** What the tab is told of an error. */
  fail(error: unknown): Note
  /** The reply to a noted request, its page rendered on `view`. `token` when the session's id changed. */
  answer(
    note: Note,
    view: SessionView,
    options?: { token?: string | undefined; locals?: Record<string, unknown> },
  ): Promise<Reply>
}

export interface Acted {
  readonly note: Note
  /** Whether what the action changed is to be committed. */
  readonly keep: boolean
  readonly locals: Record<string, unknown>
}

export interface TurnOptions {
  readonly request: ReflexRequest
  readonly caller: Caller & { readonly sid: string }
  readonly deadline: Deadline
  /** Undefined when the request only renders the page again. */
  readonly entry: ActionEntry | undefined
  readonly sessions: Sessions
  readonly limits: Limits
  /** The app's own context for this request. */
  readonly context: (session: Session, caller: Caller) => ContextData | Promise<ContextData>
  readonly render: Render
  readonly fail: (error: unknown) => Note
}

export function createTurn(options: TurnOptions): Turn {
  const { request, caller, deadline, sessions, fail } = options
  let params: Params | undefined
  return {
    request,
    caller,
    deadline,
    sessions,
    fail,
    async act(session, flash) {
      let locals = {}
      try {
        params ??= parseForm(request.form, options.limits)
        const context = new RequestContext({ request, caller, deadline, session, flash, params })
        locals = context.locals
        context.extend(await deadline.race(options.context(session, caller)))
        const ending = await deadline.race(invoke(options.entry as ActionEntry, context))
        const note = noteOf(ending, context.effects)
        return { note, locals, keep: note.status === 'ok' || note.status === 'halted' || note.status === 'redirect' }
      } catch (error) {
        return { note: fail(error), locals, keep: false }
      }
    },
    async answer(note, view, { token, locals = {} } = {}) {
      const handOff = (reply: Reply): Reply =>
        token === undefined ? reply : { ...reply, more: { ...reply.more, h: token } }
      const reply = replyOf(note)
      if (note.status !== 'ok' || note.morph !== 'page') return handOff(reply)
      const shown = { ...caller, url: urlAfter(caller, reply.more.o) }
      try {
        return handOff(
          await renderPage({
            request,
            caller: shown,
            deadline,
            view,
            locals,
            more: reply.more,
            render: options.render,
          }),
        )
      } catch (error) {
        // What the action committed stays; a token must reach the tab all the same.
        return handOff(replyOf(fail(error)))
      }
    },
  }
}
