import { describe, expect, it } from 'vitest'
import { action, defineReflex } from './define.ts'
import { createRegistry } from './registry.ts'

const noop = () => {}

describe('createRegistry', () => {
  it('holds declared actions and nothing else', () => {
    const registry = createRegistry([defineReflex('counter', { up: noop, down: noop })], 1000)
    expect([...registry.keys()]).toEqual(['counter#up', 'counter#down'])
  })

  it('takes only own enumerable functions', () => {
    const inherited = Object.create({ parent: noop })
    inherited.own = noop
    Object.defineProperty(inherited, 'hidden', { value: noop })
    expect([...createRegistry([defineReflex('r', inherited)], 1000).keys()]).toEqual(['r#own'])
  })

  it('never runs a getter', () => {
    let ran = 0
    const actions = {
      get trap() {
        ran++
        return noop
      },
    }
    expect(() => createRegistry([defineReflex('r', actions)], 1000)).toThrow(/r#trap is not a function/)
    expect(ran).toBe(0)
  })

  it.each(['', '1up', '_up', '$up', 'up down', 'constructor', '__proto__', 'prototype', 'a#b', 'ü', 'x'.repeat(65)])(
    'refuses the action name %j at start',
    (name) => {
      const actions = Object.defineProperty({}, name, { value: noop, enumerable: true })
      expect(() => createRegistry([defineReflex('r', actions)], 1000)).toThrow(
        expect.objectContaining({ code: 'reflex_name_invalid' }),
      )
    },
  )

  it('takes names in parts, and refuses a name twice', () => {
    const registry = createRegistry(
      [defineReflex('Admin::Users', { ban: noop }), defineReflex('shop.cart', { add: noop })],
      1,
    )
    expect([...registry.keys()]).toEqual(['Admin::Users#ban', 'shop.cart#add'])
    expect(() => createRegistry([defineReflex('a', {}), defineReflex('a', {})], 1)).toThrow(
      expect.objectContaining({ code: 'reflex_duplicate' }),
    )
  })
})

it.each([Number.POSITIVE_INFINITY, 2 ** 31, -1, Number.NaN])('a timeout of %s is refused', (timeout) => {
  const slow = defineReflex('slow', { act: action({ timeout }, () => {}) })
  expect(() => createRegistry([slow], 10_000)).toThrow('timeout of slow#act takes 1 to 86,400,000 ms')
})
