import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { isAllowedOrigin, type Origins } from '../../protocol/origin.ts'
import type { Visitor } from '../reflex/caller.ts'
import { untrustedHeaders } from './visitor.ts'

/**
 * Lets a POST through that a page of this app's own origin sent, by `Origin` or, where a browser hides that
 * (`Referrer-Policy: no-referrer`) or leaves it out, by `Sec-Fetch-Site`; neither can be forged by a page.
 *
 * @throws origin_refused
 */
export function requireSameOrigin(request: IncomingMessage, visitor: Visitor, origins: Origins = []): void {
  const { headers } = request
  const { origin } = headers
  const hidden = origin === undefined || origin === 'null'
  const own = `${visitor.scheme}://${visitor.host}`
  if (hidden ? headers['sec-fetch-site'] === 'same-origin' : isAllowedOrigin(origin, own, origins)) return
  throw originRefused(request, visitor)
}

/** The error that tells both values, and which line is missing. */
export function originRefused(request: IncomingMessage, visitor: Visitor): PatellaError {
  const { origin = 'no origin' } = request.headers
  return new PatellaError('origin_refused', {
    origin: String(origin).slice(0, 256),
    own: `${visitor.scheme}://${visitor.host}`,
    forwarded: untrustedHeaders(request, visitor),
  })
}
