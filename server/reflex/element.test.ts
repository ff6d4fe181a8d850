import { describe, expect, it } from 'vitest'
import { ReflexElement } from './element.ts'

describe('ReflexElement', () => {
  it('reads what the tab sent', () => {
    const element = new ReflexElement({
      d: { by: '2' },
      v: 'x',
      vs: ['x', 'y'],
      c: true,
      n: 'q',
      i: 'field',
      a: { href: '/' },
    })
    expect(element).toMatchObject({ id: 'field', name: 'q', value: 'x', checked: true, selected: false })
    expect(element.values).toEqual(['x', 'y'])
    expect(element.dataset.by).toBe('2')
    expect(element.attributes.href).toBe('/')
  })

  it('has a value for values, and nothing inherited in its dataset', () => {
    expect(new ReflexElement({ v: 'x' }).values).toEqual(['x'])
    expect(new ReflexElement({}).values).toEqual([])
    expect(new ReflexElement({ d: {} }).dataset.toString).toBeUndefined()
  })

  it('reads numbers, and refuses what is none', () => {
    const { numeric } = new ReflexElement({ d: { price: '1.50', zero: '0', bad: 'many', blank: '' } })
    expect([numeric.price, numeric.zero, numeric.absent]).toEqual([1.5, 0, undefined])
    expect(() => numeric.bad).toThrow(expect.objectContaining({ code: 'request_invalid' }))
    expect(() => numeric.blank).toThrow(expect.objectContaining({ code: 'request_invalid' }))
  })

  it('reads booleans as HTML authors write them', () => {
    const { boolean } = new ReflexElement({ d: { a: '', b: 'true', c: 'false', d: 'OFF', e: '0', f: 'yes' } })
    expect([boolean.a, boolean.b, boolean.c, boolean.d, boolean.e, boolean.f, boolean.absent]).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      false,
    ])
  })
})
