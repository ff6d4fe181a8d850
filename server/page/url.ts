/** A single slash, then printable ASCII without the backslash, which URL parsers read as a slash. */
const pathOfThisOrigin = /^\/(?!\/)[!-[\]-~]*$/

/**
 * The path and query to which a URL from the wire leads, `..` resolved and escapes made as a browser makes them, or
 * undefined unless it is one of this origin. At most `limit` characters; a fragment is cut off.
 */
export function pagePath(url: unknown, limit: number): string | undefined {
  if (typeof url !== 'string' || url.length > limit || !pathOfThisOrigin.test(url)) return undefined
  const { pathname, search } = new URL(url, 'http://origin.invalid')
  // "/a/..//b.c" leads to "//b.c", which the next reader would take for another host.
  if (pathname.startsWith('//') || pathname.length + search.length > limit) return undefined
  return pathname + search
}
