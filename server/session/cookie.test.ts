import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CookieOptions, createCodec, createCookie } from './cookie.ts'
import { createSigner, randomId } from './seal.ts'

const secret = 'a secret of more than 32 characters'
const make = ({ secrets = [secret], ...options }: CookieOptions & { secrets?: string[]; maxAge?: number } = {}) =>
  createCookie({ name: '_session', codec: createCodec(secrets), maxAge: 1_209_600, ...options })
const valueIn = (setCookie: string) => (setCookie.split(';')[0] as string).split('=')[1] as string

describe('reading', () => {
  const cookie = make()
  const sid = randomId(24)
  const value = valueIn(cookie.write(sid, true))

  test('gives back what was written', () => {
    expect(cookie.read(`_session=${value}`)).toBe(sid)
    expect(cookie.read(`a=1; _session=${value}; b=2`)).toBe(sid)
  })

  test('takes the first of several cookies whose signature holds, in any order', () => {
    const other = randomId(24)
    const otherValue = valueIn(cookie.write(other, true))
    expect(cookie.read(`_session=bad; _session=${value}; _session=${otherValue}`)).toBe(sid)
    expect(cookie.read(`_session=${value}; _session=bad`)).toBe(sid)
    expect(cookie.read(`_session=${otherValue}; _session=${value}`)).toBe(other)
  })

  test('10,000 altered values are nobody', () => {
    const position = fc.nat({ max: value.length - 1 })
    const character = fc.string({ minLength: 0, maxLength: 3, unit: 'binary' })
    const altered = fc.oneof(
      fc.tuple(position, character).map(([at, text]) => value.slice(0, at) + text + value.slice(at + 1)),
      fc.tuple(position, character).map(([at, text]) => value.slice(0, at) + text + value.slice(at)),
      fc.tuple(position, position).map(([from, to]) => value.slice(from, to)),
      fc.tuple(position, fc.integer({ min: 0, max: 7 })).map(([at, bit]) => {
        const flipped = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit))
        return value.slice(0, at) + flipped + value.slice(at + 1)
      }),
    )
    fc.assert(
      fc.property(
        altered.filter((text) => text.split(';')[0]?.trim() !== value),
        (text) => cookie.read(`_session=${text}`) === undefined,
      ),
      { numRuns: 10_000 },
    )
  })

  test.each([
    ['without a signature', sid],
    ['with an empty one', `${sid}.`],
    ['quoted', `"${value}"`],
    ['percent-encoded', value.replace('.', '%2E')],
    ['padded', `${value}=`],
    ['in the other base64 alphabet', `${sid}.${'+'.repeat(43)}`],
    ['signed for another purpose', `${sid}.${createSigner([secret], 'something else').sign(sid)}`],
    ['broken escape', '%E0%A4%A'],
  ])('is nobody: %s', (_, text) => expect(cookie.read(`_session=${text}`)).toBeUndefined())

  test('accepts one spelling of a signature only', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = [...alphabet].map((last) => value.slice(0, -1) + last)
    const decoded = Buffer.from(value.slice(33), 'base64url')
    const same = spellings.filter((text) => Buffer.from(text.slice(33), 'base64url').equals(decoded))
    expect(same).toHaveLength(4)
    expect(same.filter((text) => cookie.read(`_session=${text}`))).toEqual([value])
  })

  test('stands any header', () => {
    for (const header of [undefined, '', ';;;', '=', `${'a=1; '.repeat(4_000)}`, '__proto__=1; constructor=2']) {
      expect(cookie.read(header)).toBeUndefined()
    }
    expect(cookie.read(`__proto__=${value}`)).toBeUndefined()
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => cookie.read(header) === undefined))
  })

  test('secrets rotate: the first signs, all verify', () => {
    const [old, both, fresh] = [
      make({ secrets: ['old'] }),
      make({ secrets: ['new', 'old'] }),
      make({ secrets: ['new'] }),
    ]
    const before = `_session=${valueIn(old.write(sid, true))}`
    const after = `_session=${valueIn(both.write(sid, true))}`
    expect([both.read(before), both.read(after), fresh.read(after)]).toEqual([sid, sid, sid])
    expect([old.read(after), fresh.read(before)]).toEqual([undefined, undefined])
  })
})

describe('writing', () => {
  const attributes = (options: CookieOptions & { maxAge?: number }, https = true) =>
    make(options).write('sid', https).split('; ').slice(1).sort()

  test('is HttpOnly, Lax, for the whole site, and Secure where the request was', () => {
    expect(attributes({})).toEqual(['HttpOnly', 'Max-Age=1209600', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(attributes({}, false)).not.toContain('Secure')
    expect(attributes({ secure: true }, false)).toContain('Secure')
    expect(attributes({ secure: false })).not.toContain('Secure')
  })

  test('says what the options say', () => {
    const all = attributes({ path: '/app', domain: 'example.com', sameSite: 'strict' })
    expect(all).toEqual(['Domain=example.com', 'HttpOnly', 'Max-Age=1209600', 'Path=/app', 'SameSite=Strict', 'Secure'])
    expect(attributes({ sameSite: 'none' }, false)).toContain('Secure')
    expect(attributes({ maxAge: 10 ** 9 })).toContain('Max-Age=34560000')
  })

  test('__Host- by option', () => {
    const cookie = make({ hostPrefix: true })
    const header = cookie.write(randomId(24), false)
    expect(header).toMatch(/^__Host-_session=/)
    expect(header).toContain('Secure')
    expect(cookie.read(header.split(';')[0])).toBeDefined()
    expect(make().read(header.split(';')[0])).toBeUndefined()
  })

  test.each<CookieOptions & { name?: string }>([
    { hostPrefix: true, path: '/app' },
    { hostPrefix: true, domain: 'example.com' },
    { hostPrefix: true, secure: false },
    { sameSite: 'none', secure: false },
    { path: 'a;b' },
    { domain: 'no domain' },
    { name: 'no name' },
    { name: '' },
  ])('refuses %j', (options) => {
    expect(() => make(options)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})
