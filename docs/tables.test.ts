import { expect, test } from 'vitest'
import { limits } from '../protocol/limits.ts'
import { statuses } from '../protocol/status.ts'
import { Operations } from '../server/stream/operations.ts'
import { codeIn, tableOf } from './table.ts'

test('7-security.md has every limit with its default', () => {
  const documented = tableOf('7-security.md', 'limit').map(([name, value = '']) => [
    codeIn(name),
    Number(value.replaceAll(',', '')),
  ])
  expect(Object.fromEntries(documented)).toEqual(limits)
})

test('2-reflexes.md has every status', () => {
  const documented = tableOf('2-reflexes.md', 'status').map(([status]) => codeIn(status))
  expect(documented.sort()).toEqual([...statuses].sort())
})

test('3-morphs.md has every operation', () => {
  const documented = tableOf('3-morphs.md', 'operation').map(([call]) => codeIn(call).replace(/\(.*/, ''))
  const methods = Object.getOwnPropertyNames(Operations.prototype).filter((name) => name !== 'constructor')
  expect(documented.sort()).toEqual(methods.sort())
})
