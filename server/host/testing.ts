import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Visitor } from '../reflex/caller.ts'
import type { HeldSession } from '../session/contract.ts'
import type { Sessions } from '../session/sessions.ts'
import { type Answer, answerText, notFound } from './answer.ts'
import { readJson } from './request-body.ts'

export interface TestingOptions {
  readonly sessions: Sessions
  /** Whoever knows it may make sessions; undefined: nobody. */
  readonly token: string | undefined
  /** Most bytes of the body. */
  readonly limit: number
  /** Longest wait for a session, ms. */
  readonly waitMs: number
}

/** What `patella/testing` asks for: POST makes a session with the given data, DELETE ends the cookie's. */
export async function answerTesting(
  request: IncomingMessage,
  visitor: Visitor,
  { sessions, token, limit, waitMs }: TestingOptions,
): Promise<Answer> {
  if (token === undefined || !isAuthorized(request, token)) return notFound
  if (request.method === 'DELETE') {
    const sid = sessions.identify(visitor.cookie)
    if (sid !== undefined) await change(sid, (held) => held.session.destroy())
    return answerText(204, '')
  }
  if (request.method !== 'POST') return answerText(405, 'POST or DELETE\n', { allow: 'POST, DELETE' })
  const data = await readJson(request, limit)
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new PatellaError('request_invalid', { reason: 'the data of a session is an object' })
  const sid = sessions.mint()
  await change(sid, (held) => Object.assign(held.session, data))
  return { ...answerText(204, ''), setCookie: [sessions.setCookie(sid, visitor.scheme === 'https')] }

  async function change(sid: string, work: (held: HeldSession) => void): Promise<void> {
    const held = await sessions.hold(sid, { waitMs })
    try {
      if (held.dead) return
      work(held)
      if (!(await held.commit({ keep: true, cookie: true })).ok) throw new PatellaError('session_conflict')
    } finally {
      await held.release()
    }
  }
}

/** The digests are compared, which are of one length. */
function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const [given, wanted] = [headers.authorization ?? '', `Bearer ${token}`].map((text) => hash('sha256', text, 'buffer'))
  return timingSafeEqual(given as Buffer, wanted as Buffer)
}

/** The token of the environment. @throws testing_in_production, option_invalid */
export function readTestingToken(production: boolean): string | undefined {
  const token = process.env.PATELLA_TESTING || undefined
  if (token === undefined) return undefined
  if (production) throw new PatellaError('testing_in_production')
  if (token.length < 16)
    throw new PatellaError('option_invalid', { reason: 'PATELLA_TESTING takes 16 or more characters' })
  return token
}
