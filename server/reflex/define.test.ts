import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type ReflexTypes, stimulate, typed } from '../../client/index.ts'
import { action, defineReflex } from './define.ts'

const cart = defineReflex('cart', {
  clear: () => 7,
  async rename(_ctx, name: string) {
    return name.length
  },
  add: action({ args: [v.string(), v.optional(v.number())] }, (_ctx, sku, count) => {
    expectTypeOf(sku).toEqualTypeOf<string>()
    expectTypeOf(count).toEqualTypeOf<number | undefined>()
    return sku
  }),
  order: action({ form: v.object({ note: v.pipe(v.string(), v.transform(Number)) }) }, ({ form }) => form.note),
  pay: action({ timeout: 20_000 }, (_ctx, cents: number) => cents > 0),
})
const reflexes = [cart, defineReflex('user', { logout() {} })]

it('a handler that comes before its options is refused at once', () => {
  expect(() => (action as any)(() => {}, { timeout: 1 })).toThrow('action(options, handler) takes the function last')
})

/** Compiled, never called: what must not compile is marked. */
async function calls(element: Element): Promise<void> {
  type R = typeof reflexes
  stimulate<R>('cart#clear')
  stimulate<R>('cart#rename', element, 'new')
  stimulate<R>('cart#add', 'sku-1')
  stimulate<R>('cart#add', 'sku-1', 2)
  stimulate<R>('cart#pay', 100)
  stimulate<R>('user#logout')
  // @ts-expect-error no such action
  stimulate<R>('cart#remove')
  // @ts-expect-error no such reflex
  stimulate<R>('basket#add', 'sku-1')
  // @ts-expect-error an argument is missing
  stimulate<R>('cart#add')
  // @ts-expect-error a wrong argument
  stimulate<R>('cart#add', 1)
  // @ts-expect-error a wrong second argument
  stimulate<R>('cart#add', 'sku-1', 'two')
  // @ts-expect-error an argument too many
  stimulate<R>('cart#add', 'sku-1', 2, 3)
  // @ts-expect-error a wrong argument of an action without schemas
  stimulate<R>('cart#pay', 'much')

  const call = typed<R>()
  expectTypeOf(await call('cart#add', 'sku-1')).toEqualTypeOf<string | undefined>()
  expectTypeOf(await call('cart#order')).toEqualTypeOf<number | undefined>()
  expectTypeOf(await call('cart#rename', 'new')).toEqualTypeOf<number | undefined>()
}

describe('defineReflex', () => {
  it('carries names, arguments and results to the client', () => {
    expectTypeOf(reflexes).toExtend<ReflexTypes>()
    expectTypeOf(calls).toBeFunction()
  })

  it('keeps options with the action and not with the handler', () => {
    const handler = () => 1
    const fast = action({ timeout: 1 }, handler)
    const slow = action({ timeout: 2 }, handler)
    expect(fast).not.toBe(slow)
    expect(fast({} as never)).toBe(1)
  })

  it('refuses handlers that do not fit their schemas', () => {
    // @ts-expect-error the first argument is a string
    action({ args: [v.string()] }, (_ctx, sku: number) => sku)
    expect(cart.name).toBe('cart')
  })
})
