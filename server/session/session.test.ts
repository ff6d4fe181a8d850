import { expectTypeOf, test } from 'vitest'
import type { Session, SessionFields } from './session.ts'

test('without a declared shape a session takes any key', () => {
  expectTypeOf<Session>().toHaveProperty('id')
  const count = (session: Session) => {
    session.count = (session.count ?? 0) + 1
    return session.update((same) => same.count as number)
  }
  expectTypeOf(count).returns.toEqualTypeOf<Promise<number>>()
})

test('with one every key may be missing, and undefined deletes it', () => {
  const fields: SessionFields<{ count: number; name?: string }> = {}
  expectTypeOf(fields.count).toEqualTypeOf<number | undefined>()
  fields.count = undefined
  fields.name = undefined
  // @ts-expect-error: a number was declared
  fields.count = 'one'
  // @ts-expect-error: never declared
  fields.other = 1
})
