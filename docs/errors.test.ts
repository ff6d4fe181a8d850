import { expect, test } from 'vitest'
import { errorTable } from '../protocol/errors.ts'
import { codeIn, tableOf } from './table.ts'

const documented = new Map(
  tableOf('errors.md', 'code').map(([code, status, meaning = '', remedy = '']) => [
    codeIn(code),
    { status: Number(status), meaning, remedy },
  ]),
)

test('errors.md has a row for each error and for nothing else, in alphabetical order', () => {
  expect([...documented.keys()]).toEqual(Object.keys(errorTable).sort())
})

for (const [code, [status, message]] of Object.entries(errorTable)) {
  test(`errors.md says of ${code} what the error says of itself`, () => {
    const row = documented.get(code)
    expect(row?.status).toBe(status)
    // A message that holds no remedy is the meaning alone; the document has one nevertheless.
    expect([row?.meaning, `${row?.meaning} ${row?.remedy}`]).toContain(message)
    expect(row?.remedy).not.toBe('')
  })
}
