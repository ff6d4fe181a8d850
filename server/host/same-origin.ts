import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { isAllowedOrigin, type Origins } from '../../protocol/origin.ts'
import type { Visitor } from '../reflex/caller.ts'
import type { Logger } from '../reflex/logger.ts'
import { untrustedHeaders } from './visitor.ts'

/**
 * Lets a POST through that a page of this app's own origin sent, by `Origin` or, where a browser hides that
 * (`Referrer-Policy: no-referrer`) or leaves it out, by `Sec-Fetch-Site`; neither can be forged by a page.
 *
 * @throws origin_refused
 */
export function requireSameOrigin(
  request: IncomingMessage,
  visitor: Visitor,
  refused: OriginRefused,
  origins: Origins = [],
): void {
  const { headers } = request
  const { origin } = headers
  const hidden = origin === undefined || origin === 'null'
  const own = `${visitor.scheme}://${visitor.host}`
  if (hidden ? headers['sec-fetch-site'] === 'same-origin' : isAllowedOrigin(origin, own, origins)) return
  throw refused(request, visitor)
}

/** Makes the error that tells both values and which line is missing, and logs it. */
export type OriginRefused = (request: IncomingMessage, visitor: Visitor) => PatellaError

/** Each error is logged once an hour, and at most a hundred of them: strangers choose what they say. */
const told = { most: 100, forMs: 3_600_000 }

export function createOriginRefused(logger: Logger): OriginRefused {
  const messages = new Set<string>()
  let since = Date.now()

  return (request, visitor) => {
    const { origin = 'no origin' } = request.headers
    const error = new PatellaError('origin_refused', {
      origin: String(origin).slice(0, 256),
      own: `${visitor.scheme}://${visitor.host}`,
      forwarded: untrustedHeaders(request, visitor),
    })
    if (Date.now() - since > told.forMs) {
      messages.clear()
      since = Date.now()
    }
    if (!messages.has(error.message) && messages.size < told.most) {
      messages.add(error.message)
      logger.warn(error.message)
    }
    return error
  }
}
