import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import { parseForm } from './params.ts'

const parse = (text: string) => JSON.parse(JSON.stringify(parseForm(text, limits)))

describe('parseForm', () => {
  it.each([
    ['', {}],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=1&a=2', { a: '2' }],
    ['user[name]=Ann&user[mail]=a%40b.c', { user: { name: 'Ann', mail: 'a@b.c' } }],
    ['tags[]=x&tags[]=y', { tags: ['x', 'y'] }],
    ['rows[1][sku]=b&rows[0][sku]=a', { rows: [{ sku: 'a' }, { sku: 'b' }] }],
    ['rows[][sku]=a', { rows: [{ sku: 'a' }] }],
    ['a%20b=%26%2B%3D', { 'a b': '&+=' }],
    ['a[=1&b]=2&c[]]=3&[]=4', { 'a[': '1', 'b]': '2', 'c[]]': '3', '[]': '4' }],
    ['q=%E0%A4%A', { q: '\ufffd%A' }],
  ])('%s', (text, expected) => expect(parse(text)).toEqual(expected))

  it.each([
    '__proto__[polluted]=1',
    'a[__proto__][polluted]=1',
    'a[constructor][prototype][polluted]=1',
    'constructor=1',
  ])('drops %s', (text) => {
    expect(JSON.stringify(parseForm(text, limits))).not.toContain('1')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it.each([
    ['a value that is a branch too', 'a=1&a[b]=2'],
    ['a branch that is a value too', 'a[b]=1&a=2'],
    ['an index out of all proportion', 'a[999999999]=x'],
    ['names nested too deep', 'a[b][c][d][e][f][g]=x'],
    ['too many fields', Array.from({ length: 1001 }, (_, i) => `f${i}=1`).join('&')],
  ])('refuses %s', (_what, text) => {
    expect(() => parseForm(text, limits)).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('never touches Object.prototype, whatever the names', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join()
    const name = fc.stringMatching(
      /^(?:__proto__|constructor|prototype|a|b)(?:\[(?:__proto__|constructor|a|0|)\]){0,4}$/,
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string())), (fields) => {
        try {
          parseForm(new URLSearchParams(fields).toString(), limits)
        } catch (error) {
          expect(error).toMatchObject({ code: 'request_invalid' })
        }
        expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before)
        expect(Object.keys({})).toEqual([])
      }),
    )
  })
})
