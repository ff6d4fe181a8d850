import { describe, expect, test } from 'vitest'
import { type Entries, parseEntries } from './data.ts'
import type { Session } from './session.ts'
import { SessionState } from './state.ts'

const storedAs = (data: object): Entries =>
  new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]))

/** A loaded session; `text` is what is stored of it. */
function load(data: object | Entries = {}, freeze = true) {
  const told: string[] = []
  const host = { freeze, digest: () => 'digest', corrupt: (sid: string) => void told.push(sid) }
  const state = new SessionState(host, 'sid', data instanceof Map ? data : storedAs(data))
  const text = () => `{${Array.from(state.entries(), ([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`
  return { state, session: state.session, text, told }
}
const code = (name: string, message = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) })

describe('as an object', () => {
  test('has its data as own keys and nothing else', () => {
    const { session } = load({ count: 1, cart: ['a'] })
    session.name = 'Ann'
    expect(Object.keys(session)).toEqual(['count', 'cart', 'name'])
    expect({ ...session }).toEqual({ count: 1, cart: ['a'], name: 'Ann' })
    expect(JSON.stringify(session)).toBe('{"count":1,"cart":["a"],"name":"Ann"}')
    expect('count' in session).toBe(true)
    for (const name of ['id', 'update', 'toString', 'constructor', '__proto__']) expect(name in session).toBe(false)
    expect(session.id).toBe('digest')
    expect(session.constructor).toBeUndefined()
  })

  test('forgets a key that is deleted or set to undefined', () => {
    const { session, text } = load({ a: 1, b: 2, c: 3 })
    delete session.a
    session.b = undefined
    Object.assign(session, { c: undefined, d: 4 })
    expect('b' in session).toBe(false)
    expect(text()).toBe('{"d":4}')
  })

  test('is what JSON makes of it', () => {
    const { session, text } = load()
    session.at = new Date(0)
    session.list = [undefined, null]
    session.nested = { gone: undefined, kept: 0 }
    expect(text()).toBe('{"at":"1970-01-01T00:00:00.000Z","list":[null,null],"nested":{"kept":0}}')
  })

  test.each(['id', 'regenerate', 'destroy', 'update', '__proto__', 'constructor', 'prototype', 'toJSON', 'then'])(
    'refuses the key %s',
    (key) => {
      const { session, text } = load()
      const refused = code('session_key_reserved', `session.${key}`)
      expect(() => Reflect.set(session, key, {})).toThrow(refused)
      expect(() => Object.defineProperty(session, key, { value: 1 })).toThrow(refused)
      expect(() => Reflect.deleteProperty(session, key)).toThrow(refused)
      expect(text()).toBe('{}')
    },
  )

  test('cannot be given another shape', () => {
    const { session } = load()
    expect(() => Object.setPrototypeOf(session, {})).toThrow(TypeError)
    expect(() => Object.freeze(session)).toThrow(TypeError)
    expect(() => Object.defineProperty(session, 'a', { get: () => 1 })).toThrow(code('session_not_serializable'))
    expect(() => Reflect.set(session, Symbol('a'), 1)).toThrow(code('session_not_serializable'))
  })

  test('takes nothing from what is stored but data', () => {
    const lines = [
      ...['"__proto__"', '{"polluted":1}'],
      ...['"\\u005f_proto__"', '{"polluted":1}'],
      ...['"update"', '1'],
      ...['"a"', '{"__proto__":{"polluted":1},"b":1}'],
    ]
    const { session, text } = load(parseEntries(lines, 0))
    expect(Object.keys(session)).toEqual(['a'])
    expect(session.polluted).toBeUndefined()
    expect(Object.keys(session.a)).toEqual(['b'])
    expect(session.update).toBeTypeOf('function')
    expect(Object.assign({}, session.a).polluted).toBeUndefined()
    expect(text()).toBe('{"a":{"b":1}}')
  })

  test.each(['__proto__', '\\u005f_proto__', '_\\u005Fproto__', '__\\u0070roto__'])(
    'drops the nested key %s',
    (key) => {
      const { session } = load(new Map([['a', `[{"${key}":{"polluted":1},"b":1}]`]]))
      expect(Object.keys(session.a[0])).toEqual(['b'])
    },
  )

  test.each(['', 'x', '{"a":', '1 2'])('is without a value that is stored as %j, and says so', (stored) => {
    const { session, text, told } = load(
      new Map([
        ['bad', stored],
        ['good', '1'],
      ]),
    )
    expect([{ ...session }, told, text()]).toEqual([{ good: 1 }, ['sid'], '{"good":1}'])
  })
})

describe('values that JSON would lose', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  test.each<[string, unknown, string]>([
    ['a bigint', 1n, 'BigInt'],
    ['a function', () => {}, 'a function'],
    ['a symbol', Symbol('x'), 'a symbol'],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['a Map', new Map(), 'a Map'],
    ['a Set', new Set(), 'a Set'],
    ['a forgotten await', Promise.resolve(), 'a Promise'],
    ['a regular expression', /x/, 'a RegExp'],
    ['a cycle', cyclic, 'circular'],
    ['a tower', deep, 'stack'],
    ['a method of an object', { inner: [{ save() {} }] }, 'a function'],
  ])('are refused by name: %s', (_, value, reason) => {
    const { state, session, text } = load()
    session.thing = value
    for (const look of [text, () => state.changes()]) {
      expect(look).toThrow(code('session_not_serializable', 'session.thing'))
      expect(look).toThrow(code('session_not_serializable', reason))
    }
    session.thing = 'mended'
    expect(text()).toBe('{"thing":"mended"}')
  })
})

describe('changes', () => {
  test('are told key by key', () => {
    const { state, session } = load({ same: 1, list: [1], old: 1, order: 2 })
    expect(state.changes()).toBeUndefined()
    session.list.push(2)
    delete session.old
    session.fresh = { a: 1 }
    expect(state.changes()).toEqual({
      idChange: undefined,
      set: new Map([
        ['list', '[1,2]'],
        ['fresh', '{"a":1}'],
      ]),
      deleted: ['old'],
    })
  })

  test('that were taken back are none', () => {
    const { state, session } = load({ a: 1, b: 2 })
    session.a = 2
    session.a = 1
    expect(state.changes()).toBeUndefined()
    delete session.a
    session.a = 1
    expect(state.changes()).toBeUndefined()
  })

  test('are done to another session', () => {
    const from = load({ a: 1, b: 1 })
    from.session.a = { deep: true }
    delete from.session.b
    const to = load({ a: 0, b: 5, c: 7 })
    to.state.merge(from.state.changes() as never)
    expect(to.text()).toBe('{"a":{"deep":true},"c":7}')
    from.session.a.deep = false
    expect(to.session.a.deep).toBe(true)
  })

  test('of the id come with them; destroyed is empty and stays destroyed', () => {
    const from = load({ a: 1 })
    from.session.regenerate()
    expect(from.state.changes()).toEqual({ idChange: 'regenerate', set: new Map(), deleted: [] })
    from.session.destroy()
    from.session.regenerate()
    from.session.left = 1
    const to = load({ a: 1, b: 1 })
    to.state.merge(from.state.changes() as never)
    expect([to.state.idChange, to.text()]).toEqual(['destroy', '{"left":1}'])
  })

  test('outlast a new load', () => {
    const { state, session, text } = load({ a: 1, b: 1 })
    session.a = 'mine'
    delete session.b
    state.rebase(storedAs({ a: 2, b: 2, c: [] }))
    expect(text()).toBe('{"a":"mine","c":[]}')
    expect(state.changes()).toEqual({ idChange: undefined, set: new Map([['a', '"mine"']]), deleted: ['b'] })
    const { c } = session
    state.close()
    expect(() => c.push('late')).toThrow(TypeError)
  })
})

describe('what was not touched', () => {
  test('is neither changed nor made anew', () => {
    const stored = storedAs({ count: 1, list: [1], name: 'Ann' })
    const { state, session } = load(stored)
    expect([session.count, session.name, 'list' in session]).toEqual([1, 'Ann', true])
    expect(state.entries()).toBe(stored)
    expect(state.changes()).toBeUndefined()
  })

  test('keeps its text, beside what was', () => {
    const { session, text } = load(
      new Map([
        ['odd', '{ "spaced" : 1 }'],
        ['count', '1'],
      ]),
    )
    session.count++
    expect(text()).toBe('{"odd":{ "spaced" : 1 },"count":2}')
  })

  test.each<[string, (session: Session) => Record<string, any>]>([
    ['reading', (session) => ({ list: session.list })],
    ['spreading', (session) => ({ ...session })],
    ['a descriptor', (session) => ({ list: Object.getOwnPropertyDescriptor(session, 'list')?.value })],
    ['its values', (session) => ({ list: Object.values(session)[0] })],
  ])('is not what was given away by %s', (_, read) => {
    const { session, text } = load({ list: [1] })
    read(session).list.push(2)
    expect(text()).toBe('{"list":[1,2]}')
  })
})

describe('once closed', () => {
  const writes: [string, (session: Session) => unknown][] = [
    ['set', (session) => Reflect.set(session, 'a', 1)],
    ['delete', (session) => Reflect.deleteProperty(session, 'a')],
    ['define', (session) => Object.defineProperty(session, 'a', { value: 1 })],
    ['regenerate', (session) => session.regenerate()],
    ['destroy', (session) => session.destroy()],
  ]
  test.each(writes)('refuses to %s', (_, write) => {
    const { state, session } = load({ a: 0, nested: { list: [1] } })
    state.close()
    expect(() => write(session)).toThrow(code('session_closed'))
    expect({ ...session }).toEqual({ a: 0, nested: { list: [1] } })
  })

  test('in development refuses a write into a loaded value, and leaves what the app put in alone', () => {
    const { state, session } = load({ user: { tags: ['a'] } })
    const own = { list: [1] }
    session.user.own = own
    session.own = own
    const { tags } = session.user
    state.close()
    expect(() => tags.push('late')).toThrow(TypeError)
    expect(() => Object.assign(session.user, { late: 1 })).toThrow(TypeError)
    own.list.push(2)
    expect(session.own.list).toEqual([1, 2])
  })

  test('in production does not spend time on freezing', () => {
    const { state, session } = load({ list: [1] }, false)
    state.close()
    expect(Object.isFrozen(session.list)).toBe(false)
  })
})

test('update runs on a session that is held anyway', async () => {
  const { session } = load({ count: 1 })
  expect(await session.update((same) => ++same.count)).toBe(2)
  expect(session.count).toBe(2)
})
