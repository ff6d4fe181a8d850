import { parseCookies } from '../session/cookie.ts'

/** The lines that bring the browser something: not those that set what it sends already, as rolling sessions do. */
export function newCookies(setCookie: readonly string[], header: string | undefined): string[] {
  const has = new Set(pairsOf(header).map(decoded))
  const known = parseCookies(header)
  return setCookie.filter((line) =>
    isRemoval(line) ? known[nameOf(line)] !== undefined : !has.has(decoded(pairOf(line))),
  )
}

/** The cookies that a browser sends once it has taken these Set-Cookie lines. */
export function withCookies(header: string | undefined, setCookie: readonly string[]): string | undefined {
  let pairs = pairsOf(header)
  for (const line of setCookie) {
    const name = `${nameOf(line)}=`
    pairs = pairs.filter((pair) => !pair.startsWith(name))
    if (!isRemoval(line)) pairs.push(pairOf(line))
  }
  return pairs.length === 0 ? undefined : pairs.join('; ')
}

/** Name of the cookie that a line sets or takes away. */
export function nameOf(line: string): string {
  const pair = pairOf(line)
  return pair.slice(0, pair.indexOf('='))
}

function pairOf(line: string): string {
  return line.split(';', 1)[0]?.trim() ?? ''
}

/** Libraries do not escape the same characters of one value. */
function decoded(pair: string): string {
  try {
    return decodeURIComponent(pair)
  } catch {
    return pair
  }
}

function pairsOf(header: string | undefined): string[] {
  return (header ?? '').split(/; */).filter((pair) => pair !== '')
}

function isRemoval(line: string): boolean {
  const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1]
  return /;\s*max-age=(?:0|-\d+)\s*(?:;|$)/i.test(line) || (expires !== undefined && Date.parse(expires) <= Date.now())
}
