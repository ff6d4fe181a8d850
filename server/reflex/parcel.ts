import { parseCookies } from '../session/cookie.ts'
import { createSealer, hash } from '../session/seal.ts'
import { nameOf } from './set-cookie.ts'

/** What a reply hands over to the browser by the quiet request, for the cable can set no cookie. */
export interface Parcel {
  /** The session's own hand-off token. */
  readonly token?: string | undefined
  /** Set-Cookie lines of the app's middleware and routes. */
  readonly setCookie: readonly string[]
  /** The session's own cookie is to be given again; the quiet request does so whatever else it brings. */
  readonly renew?: boolean | undefined
}

export interface OpenedParcel extends Parcel {
  /**
   * The lines for a browser that sends these cookies. Without those whose cookie it has got anew since the tab connected,
   * by a login in another tab perhaps: a session made for the tab's old cookie must not undo that.
   */
  fitting(header: string | undefined): string[]
}

/** The request to which a parcel belongs. */
interface Address {
  readonly tab: string
  readonly n: number
  readonly sid: string
  /** The cookies with which it is run. */
  readonly cookie?: string | undefined
}

export interface Parcels {
  /**
   * The text that travels as the reply's `h`: a session's token as it is, a parcel with cookies sealed. Cookies that an
   * earlier text of the same request holds go first.
   */
  pack(parcel: Parcel, address: Address, earlier?: string): string | undefined
  /** Undefined when it is another request's, older than two minutes or none of ours. */
  open(text: string, address: Address): OpenedParcel | undefined
}

/** As long as a hand-off token is good, ms. */
const lifeMs = 120_000

/** A session's token has none in it. */
const mark = '~'

type Content = [until: number, token: string, lines: Line[]]

/** A Set-Cookie line, and a digest of the value that it replaces. */
type Line = [line: string, replaced: string]

/** Sealed, so that an HttpOnly cookie stays one: neither page nor log can read it, and no other request can use it. */
export function createParcels(secrets: readonly string[]): Parcels {
  const sealer = createSealer(secrets, 'cookie parcel')
  const contextOf = ({ tab, n, sid }: Address) => `${tab} ${n} ${hash(sid)}`

  function read(text: string, address: Address): Content | undefined {
    if (!text.startsWith(mark)) return [Infinity, text, []]
    const sealed = sealer.open(text.slice(mark.length), contextOf(address))
    const content: Content | undefined = sealed === undefined ? undefined : JSON.parse(sealed)
    return content !== undefined && Date.now() < content[0] ? content : undefined
  }

  return {
    pack({ token, setCookie, renew = false }, address, earlier = '') {
      const [, , before] = read(earlier, address) ?? [0, '', []]
      const present = presentIn(address.cookie)
      const lines = [...before, ...setCookie.map((line): Line => [line, present(line)])]
      if (lines.length === 0 && !renew) return token
      const content: Content = [Date.now() + lifeMs, token ?? '', lines]
      return mark + sealer.seal(JSON.stringify(content), contextOf(address))
    },
    open(text, address) {
      const [, token, lines] = read(text, address) ?? []
      return lines && opened(token || undefined, lines)
    },
  }
}

function opened(token: string | undefined, lines: readonly Line[]): OpenedParcel {
  return {
    token,
    setCookie: lines.map(([line]) => line),
    fitting(header) {
      const present = presentIn(header)
      return lines.filter(([line, replaced]) => present(line) === replaced).map(([line]) => line)
    },
  }
}

/** Digests the value that a line's cookie has in a header. */
function presentIn(header: string | undefined): (line: string) => string {
  const known = parseCookies(header)
  return (line) => hash(known[nameOf(line)] ?? '')
}
