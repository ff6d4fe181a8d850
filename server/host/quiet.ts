import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Visitor } from '../reflex/caller.ts'
import type { Parcels } from '../reflex/parcel.ts'
import type { Sessions } from '../session/sessions.ts'
import { type Answer, answerText } from './answer.ts'
import { readJson } from './request-body.ts'
import { type OriginRefused, requireSameOrigin } from './same-origin.ts'

export interface QuietOptions {
  readonly sessions: Sessions
  readonly parcels: Parcels
  readonly refused: OriginRefused
  /** Most bytes of the body. */
  readonly limit: number
}

/**
 * The quiet request (PROTOCOL.md, section 6): the one way in which a connected tab's browser is given a cookie. Of the
 * same origin only, and with a body that no form can send.
 */
export async function answerQuiet(request: IncomingMessage, visitor: Visitor, options: QuietOptions): Promise<Answer> {
  const { sessions, limit } = options
  if (request.method !== 'POST') return answerText(405, 'POST only\n', { allow: 'POST' })
  requireSameOrigin(request, visitor, options.refused)
  const handoff = readHandoff(await readJson(request, limit))
  const known = sessions.identify(visitor.cookie)
  const { sid, setCookie } =
    handoff === undefined
      ? { sid: await alive(sessions, known), setCookie: [] }
      : await redeem(options, known, handoff, visitor.cookie)
  const own = sid === known && handoff === undefined ? [] : [sessions.setCookie(sid, visitor.scheme === 'https')]
  if (sid !== known) await sessions.begin(sid)
  return { status: 204, headers: { 'cache-control': 'no-store' }, body: '', setCookie: [...setCookie, ...own] }
}

interface Handoff {
  readonly tab: string
  readonly n: number
  readonly token: string
}

/** The session's new id, cookies of the app, or both. */
async function redeem(
  { sessions, parcels }: QuietOptions,
  known: string | undefined,
  handoff: Handoff,
  header: string | undefined,
) {
  const parcel = known === undefined ? undefined : parcels.open(handoff.token, { ...handoff, sid: known })
  if (known === undefined || parcel === undefined) throw new PatellaError('handoff_invalid')
  const { token } = parcel
  const sid = token === undefined ? known : await sessions.redeem(known, { ...handoff, token })
  if (sid === null) throw new PatellaError('handoff_invalid')
  return { sid, setCookie: parcel.fitting(header) }
}

/** The browser's own id while it lives, else a new one. */
async function alive(sessions: Sessions, known: string | undefined): Promise<string> {
  if (known === undefined) return sessions.mint()
  const view = await sessions.view(known)
  return view.dead ? sessions.mint() : known
}

function readHandoff(value: unknown): Handoff | undefined {
  const { t, n, h } = (value ?? {}) as Record<string, unknown>
  if (h === undefined) return undefined
  if (typeof t !== 'string' || typeof n !== 'number' || typeof h !== 'string')
    throw new PatellaError('request_invalid', { reason: 't, n or h is not well-formed' })
  return { tab: t, n, token: h }
}
