import { parseCookies } from '../session/cookie.ts'
import { createSealer, hash } from '../session/seal.ts'

/** What a reply hands over to the browser by the quiet request, for the cable can set no cookie. */
export interface Parcel {
  /** The session's own hand-off token. */
  readonly token?: string | undefined
  /** Set-Cookie lines of the app's middleware and routes. */
  readonly setCookie: readonly string[]
}

/** The request to which a parcel belongs. */
interface Address {
  readonly tab: string
  readonly n: number
  readonly sid: string
}

export interface Parcels {
  /** The text that travels as the reply's `h`: a session's token as it is, a parcel with cookies sealed. */
  pack(parcel: Parcel, address: Address): string | undefined
  /** Undefined when it is another request's, older than two minutes or none of ours. */
  open(text: string, address: Address): Parcel | undefined
}

/** As long as a hand-off token is good, ms. */
const lifeMs = 120_000

/** A session's token has none in it. */
const mark = '~'

/** Sealed, so that an HttpOnly cookie stays one: neither page nor log can read it, and no other request can use it. */
export function createParcels(secrets: readonly string[]): Parcels {
  const sealer = createSealer(secrets, 'cookie parcel')
  const contextOf = ({ tab, n, sid }: Address) => `${tab} ${n} ${hash(sid)}`
  return {
    pack({ token, setCookie }, address) {
      if (setCookie.length === 0) return token
      return mark + sealer.seal(JSON.stringify([Date.now() + lifeMs, token ?? '', setCookie]), contextOf(address))
    },
    open(text, address) {
      if (!text.startsWith(mark)) return { token: text, setCookie: [] }
      const opened = sealer.open(text.slice(mark.length), contextOf(address))
      const [until = 0, token = '', setCookie = []] = opened === undefined ? [] : JSON.parse(opened)
      return Date.now() < until ? { token: token || undefined, setCookie } : undefined
    },
  }
}

/** The lines that bring the browser something: not those that set what it sends already, as rolling sessions do. */
export function newCookies(setCookie: readonly string[], header: string | undefined): string[] {
  const has = new Set((header ?? '').split(/; */))
  const known = parseCookies(header)
  return setCookie.filter((line) => {
    const pair = line.split(';', 1)[0]?.trim() ?? ''
    const name = pair.slice(0, pair.indexOf('='))
    return isRemoval(line) ? known[name] !== undefined : !has.has(pair)
  })
}

function isRemoval(line: string): boolean {
  const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1]
  return /;\s*max-age=(?:0|-\d+)\s*(?:;|$)/i.test(line) || (expires !== undefined && Date.parse(expires) <= Date.now())
}
