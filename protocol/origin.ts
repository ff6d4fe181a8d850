/** Origins that may use the cable besides the server's own: `https://app.example.com`, `https://*.example.com`. `'*'` turns the check off. */
export type Origins = readonly string[] | '*'

/**
 * Whether a page of `origin` may open the cable of `own`. Compared as parsed origins, scheme and port included, so that
 * neither `https://app.example.com.evil.io` nor `https://evilexample.com` passes for a neighbour.
 */
export function isAllowedOrigin(origin: string | undefined, own: string, allowed: Origins): boolean {
  if (allowed === '*') return true
  if (origin === undefined || !isSerializedOrigin(origin)) return false
  return origin === normalized(own) || allowed.some((entry) => matches(origin, entry))
}

function matches(origin: string, entry: string): boolean {
  const wildcard = /^(https?:\/\/)\*(\.[^/]+)$/.exec(entry)
  if (wildcard === null) return origin === normalized(entry)
  const [, scheme, domain] = wildcard as unknown as [string, string, string]
  return (
    origin.startsWith(scheme) && origin.endsWith(domain.toLowerCase()) && origin.length > scheme.length + domain.length
  )
}

/** A browser sends the serialised form and no other: what differs from it was not sent by a browser. */
function isSerializedOrigin(origin: string): boolean {
  return /^https?:\/\//.test(origin) && normalized(origin) === origin
}

function normalized(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).origin : undefined
}
