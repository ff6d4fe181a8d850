import type { IncomingMessage, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { isAllowedOrigin } from '../../protocol/origin.ts'
import type { Visitor } from '../reflex/caller.ts'
import type { Sessions } from '../session/sessions.ts'

export interface QuietOptions {
  readonly sessions: Sessions
  readonly visitor: Visitor
  /** Most bytes of the body. */
  readonly limit: number
}

/**
 * The quiet request (PROTOCOL.md, section 6): the one way in which a connected tab's browser is given a cookie. Of the
 * same origin only, and with a body that no form can send.
 */
export async function answerQuiet(
  request: IncomingMessage,
  response: ServerResponse,
  options: QuietOptions,
): Promise<void> {
  const { sessions, visitor, limit } = options
  response.setHeader('cache-control', 'no-store')
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    response.writeHead(405).end()
    return
  }
  if (!isSameOrigin(request, visitor))
    throw new PatellaError('origin_refused', { origin: request.headers.origin, host: visitor.host })
  const handoff = readHandoff(await readBody(request, limit))
  const known = sessions.identify(request.headers.cookie)
  const sid = handoff === undefined ? await alive(sessions, known) : await redeem(sessions, known, handoff)
  if (sid !== known) response.appendHeader('set-cookie', sessions.setCookie(sid, visitor.scheme === 'https'))
  response.writeHead(204).end()
}

interface Handoff {
  readonly tab: string
  readonly n: number
  readonly token: string
}

async function redeem(sessions: Sessions, known: string | undefined, handoff: Handoff): Promise<string> {
  const sid = known === undefined ? null : await sessions.redeem(known, handoff)
  if (sid === null) throw new PatellaError('handoff_invalid')
  return sid
}

/** The browser's own id while it lives, else a new one. */
async function alive(sessions: Sessions, known: string | undefined): Promise<string> {
  if (known === undefined) return sessions.mint()
  const view = await sessions.view(known)
  return view.dead ? sessions.mint() : known
}

function isSameOrigin({ headers }: IncomingMessage, { scheme, host }: Visitor): boolean {
  if (headers.origin !== undefined) return isAllowedOrigin(headers.origin, `${scheme}://${host}`, [])
  return headers['sec-fetch-site'] === 'same-origin'
}

function readHandoff(body: string): Handoff | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new PatellaError('request_invalid', { reason: 'the body is not JSON' })
  }
  const { t, n, h } = (value ?? {}) as Record<string, unknown>
  if (h === undefined) return undefined
  if (typeof t !== 'string' || typeof n !== 'number' || typeof h !== 'string')
    throw new PatellaError('request_invalid', { reason: 't, n or h is not well-formed' })
  return { tab: t, n, token: h }
}

/** The body as text. A parser that ran before ours has read it already and left its object. */
async function readBody(request: IncomingMessage & { body?: unknown }, limit: number): Promise<string> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) throw new PatellaError('request_invalid', { reason: 'the body is not JSON' })
  if (request.body !== undefined) return typeof request.body === 'string' ? request.body : JSON.stringify(request.body)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw new PatellaError('body_too_large', { limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
