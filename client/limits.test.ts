import { expect, test } from 'vitest'
import * as protocol from '../protocol/limits.ts'
import { limits } from './limits.ts'

test("the client's numbers are those of the protocol", () => {
  expect(protocol.limits).toMatchObject(limits)
})
