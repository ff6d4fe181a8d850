import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAllowedOrigin } from './origin.ts'

const own = 'https://app.example.com'

describe('isAllowedOrigin', () => {
  it('lets the own origin through, default ports as browsers write them', () => {
    expect(isAllowedOrigin(own, own, [])).toBe(true)
    expect(isAllowedOrigin(own, `${own}:443`, [])).toBe(true)
    expect(isAllowedOrigin('http://[::1]:3000', 'http://[::1]:3000', [])).toBe(true)
  })

  it.each([
    undefined,
    '',
    'null',
    'https://app.example.com.evil.io',
    'https://evilapp.example.com',
    'https://example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'HTTPS://APP.EXAMPLE.COM',
    'https://app.example.com.',
    'https://app.example.com/',
    'https://app.example.com@evil.io',
    'https://app.example.com, https://evil.io',
    ' https://app.example.com',
    'app.example.com',
    'file://',
    'chrome-extension://abcdef',
    'https://аpp.example.com',
  ])('refuses %j', (origin) => expect(isAllowedOrigin(origin, own, [])).toBe(false))

  it('takes listed origins and no neighbours of theirs', () => {
    const allowed = ['https://admin.example.com', 'https://*.shop.example']
    expect(isAllowedOrigin('https://admin.example.com', own, allowed)).toBe(true)
    expect(isAllowedOrigin('https://a.shop.example', own, allowed)).toBe(true)
    expect(isAllowedOrigin('https://a.b.shop.example', own, allowed)).toBe(true)
    expect(isAllowedOrigin('https://shop.example', own, allowed)).toBe(false)
    expect(isAllowedOrigin('https://evilshop.example', own, allowed)).toBe(false)
    expect(isAllowedOrigin('http://a.shop.example', own, allowed)).toBe(false)
    expect(isAllowedOrigin('https://a.shop.example:444', own, allowed)).toBe(false)
  })

  it('is off only when it is said', () => {
    expect(isAllowedOrigin(undefined, own, '*')).toBe(true)
  })

  it('accepts exactly the serialised own origin', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        const { origin } = new URL(url)
        expect(isAllowedOrigin(origin, origin, [])).toBe(true)
        expect(isAllowedOrigin(origin, own, [])).toBe(origin === own)
      }),
    )
  })
})
