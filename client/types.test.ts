import { expect, expectTypeOf, test } from 'vitest'
import { type Stimulate, stimulate } from './index.ts'

const cart = {
  name: 'cart',
  actions: {
    add: (_ctx: object, sku: string, count?: number) => `${sku} ${count}`,
    clear: async (_ctx: object) => 7,
  },
} as const
type Reflexes = readonly [typeof cart, { readonly name: 'user'; readonly actions: { logout(ctx: object): void } }]

test('the client cannot be used where there is no browser', () => {
  expect(() => stimulate('cart#add')).toThrow(expect.objectContaining({ code: 'browser_only' }))
})

test('a wrong name or argument does not compile', () => {
  expectTypeOf(calls).returns.resolves.toEqualTypeOf<unknown[]>()
})

/** Compiled, never called: what must not compile is marked. */
async function calls(element: Element, call: Stimulate<Reflexes>): Promise<unknown[]> {
  stimulate<Reflexes>('cart#add', 'sku-1', 2)
  stimulate<Reflexes>('cart#add', element, 'sku-1')
  stimulate<Reflexes>('cart#clear')
  stimulate<Reflexes>('user#logout', element)
  // @ts-expect-error no such action
  stimulate<Reflexes>('cart#remove')
  // @ts-expect-error no such reflex
  stimulate<Reflexes>('basket#add', 'sku-1')
  // @ts-expect-error an argument is missing
  stimulate<Reflexes>('cart#add')
  // @ts-expect-error a wrong argument
  stimulate<Reflexes>('cart#add', 1)
  // @ts-expect-error an argument too many
  stimulate<Reflexes>('user#logout', element, 1)

  const added: string | undefined = await call('cart#add', 'sku-1')
  const cleared: number | undefined = await call('cart#clear', element)
  // @ts-expect-error a wrong argument
  call('cart#add', 1)
  return [added, cleared, await stimulate('anything#goes', element, { x: 1 })]
}
