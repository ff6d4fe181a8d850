import { parseCookie, stringifySetCookie } from 'cookie'
import { PatellaError } from '../../protocol/errors.ts'
import { createSigner } from './seal.ts'
import type { CookieCodec } from './store.ts'

export interface CookieOptions {
  /** Default: where the app is mounted, else `/`. */
  path?: string
  domain?: string
  /** Default `lax`. `none` is always Secure, as browsers demand. */
  sameSite?: 'lax' | 'strict' | 'none'
  /** Default `auto`: Secure when the request came by https. */
  secure?: boolean | 'auto'
  /** Names the cookie `__Host-…`: Secure, Path=/, no Domain, so that no sibling host can plant it. */
  hostPrefix?: boolean
}

export interface SessionCookie {
  /** The id in a cookie header when its signature holds; of several cookies of the name the first such. Never throws. */
  read(header: string | undefined): string | undefined
  /** The Set-Cookie value that brings the id. */
  write(sid: string, https: boolean): string
}

/** All cookies of a header by name, decoded; of several of one name the first. Never throws. */
export function parseCookies(header: string | undefined): Readonly<Record<string, string | undefined>> {
  return header ? parseCookie(header) : {}
}

/** 24 random bytes, a dot, an HMAC-SHA256; both base64url. */
const shape = /^([A-Za-z0-9_-]{32})\.([A-Za-z0-9_-]{43})$/

/** Browsers cut longer lives down to this, s (RFC 6265bis, section 5.6.2). */
export const longestCookie = 400 * 86_400

/** Patella's own way to write ids in cookies. The first secret signs, all verify. */
export function createCodec(secrets: readonly string[]): CookieCodec {
  const signer = createSigner(secrets, 'session cookie')
  return {
    encode: (sid) => `${sid}.${signer.sign(sid)}`,
    decode(value) {
      const [, sid = '', signature = ''] = shape.exec(value) ?? []
      return sid && signer.verify(sid, signature) ? sid : undefined
    },
  }
}

export function createCookie(
  config: CookieOptions & { name: string; codec: CookieCodec; maxAge: number },
): SessionCookie {
  const { path = '/', sameSite = 'lax', secure = 'auto', hostPrefix = false } = config
  const name = hostPrefix ? `__Host-${config.name}` : config.name
  const { codec } = config
  const domain = config.domain === undefined ? {} : { domain: config.domain }
  const maxAge = Math.min(config.maxAge, longestCookie)
  const cookie: SessionCookie = {
    // A value that `decode` refuses counts as not there, so that parsing goes on to the next cookie of the name.
    read: (header) => (header ? parseCookie(header, { decode: codec.decode })[name] : undefined),
    write: (sid, https) =>
      stringifySetCookie(name, codec.encode(sid), {
        path,
        ...domain,
        sameSite,
        maxAge,
        httpOnly: true,
        secure: hostPrefix || sameSite === 'none' || (secure === 'auto' ? https : secure),
      }),
  }
  refuseWrong(config, cookie)
  return cookie
}

function refuseWrong({ path = '/', domain, sameSite, secure, hostPrefix }: CookieOptions, cookie: SessionCookie): void {
  const wrong = (reason: string) => new PatellaError('option_invalid', { reason: `session.cookie: ${reason}` })
  if (hostPrefix && (path !== '/' || domain !== undefined || secure === false)) {
    throw wrong('hostPrefix goes with path "/", without domain and without secure: false')
  }
  if (sameSite === 'none' && secure === false) throw wrong('sameSite "none" needs Secure, else browsers refuse it')
  try {
    cookie.write('', true)
  } catch (error) {
    throw wrong((error as Error).message)
  }
}
