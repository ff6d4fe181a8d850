import { describe, expect, it } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import { parseRequest, type ReflexRequest } from './request.ts'

const parse = (wire: unknown) => parseRequest(typeof wire === 'string' ? wire : JSON.stringify(wire), limits)

describe('parseRequest', () => {
  it('reads the shortest request', () => {
    expect(parse([3, 'counter#increment'])).toEqual({
      n: 3,
      low: 3,
      target: 'counter#increment',
      element: {},
      args: [],
      form: '',
      url: undefined,
      roots: undefined,
      whole: false,
      posted: false,
      scripted: true,
    })
  })

  it('reads a full one', () => {
    const element = { d: { by: '2' }, v: 'x', vs: ['x', 'y'], c: true, s: false, n: 'q', i: 'field', a: { href: '/' } }
    expect(parse([9, 'a#b', element, [1, 'two', null], { u: '/p?q=1', l: 7, f: 'a=1', r: ['main'] }])).toMatchObject({
      low: 7,
      element,
      args: [1, 'two', null],
      url: '/p?q=1',
      form: 'a=1',
      roots: ['main'],
    })
  })

  it.each(['', 'null', '{}', '[]', '["1","a#b"]', '[0,"a#b"]', '[1.5,"a#b"]', '[1e99,"a#b"]', 'nonsense'])(
    'cannot answer %s, whose number cannot be read',
    (text) => expect(parse(text)).toBeUndefined(),
  )

  it.each([
    [[1, 2]],
    [[1, 'x'.repeat(131)]],
    [[1, 'a#b', []]],
    [[1, 'a#b', { d: { by: 2 } }]],
    [[1, 'a#b', { c: 'yes' }]],
    [[1, 'a#b', 0, 'args']],
    [[1, 'a#b', 0, Array(33).fill(0)]],
    [[1, 'a#b', 0, [], { u: 'x'.repeat(2049) }]],
    [[1, 'a#b', 0, [], { l: 2 }]],
    [[1, 'a#b', 0, [], { f: 1 }]],
    [[1, 'a#b', 0, [], { r: Array(33).fill('a') }]],
    [[1, 'a#b', 0, [], []]],
  ])('refuses %j by its number', (wire) => expect(parse(wire)).toMatchObject({ n: 1, code: 'request_invalid' }))

  it('refuses what nests too deep or holds too much, without recursion', () => {
    const deep = `[1,"a#b",0,[${'['.repeat(5000)}${']'.repeat(5000)}]]`
    expect(parse(deep)).toMatchObject({ n: 1, code: 'too_complex' })
    expect(parse([1, 'a#b', 0, [Array(2001).fill(0)]])).toMatchObject({ n: 1, code: 'too_complex' })
    expect(parse([1, 'a#b', 0, [Array(1500).fill(0)]])).not.toHaveProperty('code')
  })

  it.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__', '__pr\\u006fto__'])(
    'drops the key %s',
    (key) => {
      const request = parse(`[1,"a#b",0,[{"${key}":{"polluted":1},"kept":2}]]`)
      expect(request).toMatchObject({ args: [{ kept: 2 }] })
      const [argument] = (request as ReflexRequest).args
      expect(Object.keys(argument as object)).toEqual(['kept'])
      expect(Object.assign({}, argument)).not.toHaveProperty('polluted')
    },
  )
})
