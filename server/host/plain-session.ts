import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { OpenSession } from '../reflex/opened.ts'
import type { Committed } from '../session/contract.ts'
import type { Sessions } from '../session/sessions.ts'
import { holdResponse } from './hold-response.ts'
import type { Refuse } from './refusal.ts'

/** The session of a plain HTTP request. */
export interface PlainSession extends OpenSession {
  /** Nothing that was done to it is written; the cookie is renewed all the same. */
  discard(): void | Promise<void>
}

/** Reading methods hold nothing while the route runs, and merge what it changed. */
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface PlainSessionOptions {
  readonly sessions: Sessions
  readonly secure: boolean
  /** Longest wait for the session, ms. */
  readonly waitMs: number
  /** Answers instead when the session cannot be committed. */
  readonly refuse: Refuse
  /** Whether the session is held while the route runs. Default: unless the method is one that only reads. */
  readonly hold?: boolean | undefined
}

/**
 * Opens the session of a plain request. Headers about to go out commit it and bring the cookie; writing to it later
 * throws `session_closed`.
 */
export async function openPlainSession(
  request: IncomingMessage,
  response: ServerResponse,
  options: PlainSessionOptions,
): Promise<PlainSession> {
  const { sessions, hold = !reading.has(request.method ?? 'GET') } = options
  const known = sessions.identify(request.headers.cookie)
  const opened = hold ? await openHeld(known, response, options) : await openView(known, options)
  // The response began before the session was there: it can bring no cookie any more, and writing is too late.
  if (response.headersSent) {
    await opened.discard()
    return opened
  }
  const commit = async () => {
    const sid = await opened.commit()
    // So that the cookie lives as long after its last use as the session does.
    if (sid === undefined) return
    if (sid !== known) await sessions.begin(sid)
    response.appendHeader('set-cookie', sessions.setCookie(sid, options.secure))
  }
  holdResponse(response, commit, options.refuse)
  return opened
}

interface Opened extends PlainSession {
  /** Writes what changed and gives back the id that the browser is to hold; undefined to leave it what it has. */
  commit(): Promise<string | undefined>
}

/**
 * For so long after a login or logout, ms, requests may be under way that the browser sent before, and the new cookie is on
 * its way to it.
 */
const overtakingMs = 10_000

/** Whether the browser's id died just now: a new one, with nothing behind it, must not take the place of the one that follows. */
function isOvertaken({ diedAt }: { diedAt: number | undefined }): boolean {
  return diedAt !== undefined && Date.now() - diedAt < overtakingMs
}

async function openView(known: string | undefined, { sessions, waitMs }: PlainSessionOptions): Promise<Opened> {
  let view = await sessions.view(known ?? sessions.mint())
  const overtaken = isOvertaken(view)
  if (view.dead) view = await sessions.view(sessions.mint())
  return {
    // Opened when asked for: a page may want nothing but its flash.
    get session() {
      return view.session
    },
    get flash() {
      return view.flash
    },
    get leave() {
      return view.leave
    },
    async commit() {
      // A login elsewhere overtook this page. It is right as it stands, and its browser holds a newer id by now, or soon.
      if (overtaken) {
        view.discard()
        return undefined
      }
      const { ok, sid, dead, recent } = await view.commit({ waitMs, cookie: true })
      if (dead || recent) return undefined
      if (!ok) throw new PatellaError('session_conflict')
      return sid
    },
    discard: () => view.discard(),
  }
}

async function openHeld(
  known: string | undefined,
  response: ServerResponse,
  { sessions, waitMs }: PlainSessionOptions,
): Promise<Opened> {
  // A client that goes away gives up its place in the line, or what it holds: the next one must not wait for it.
  const gone = new AbortController()
  response.once('close', () => gone.abort(new PatellaError('session_closed')))
  const hold = (sid: string) => sessions.hold(sid, { waitMs, signal: gone.signal })
  let held = await hold(known ?? sessions.mint())
  const overtaken = isOvertaken(held)
  if (held.dead) {
    await held.release()
    held = await hold(sessions.mint())
  }
  const letGo = () => void held.release()
  if (response.closed) letGo()
  else response.once('close', letGo)
  let discarded = false
  return {
    session: held.session,
    flash: held.flash,
    leave: held.leave,
    async commit() {
      if (discarded) return overtaken ? undefined : held.sid
      const committed: Committed = await held.commit({ keep: true, cookie: true })
      if (!committed.ok) throw new PatellaError('session_conflict')
      return overtaken && !committed.stored ? undefined : committed.sid
    },
    discard() {
      discarded = true
      return held.release()
    },
  }
}
