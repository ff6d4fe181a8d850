import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyRecord, formatRecord, type LiveRecord, parseRecord, type Tombstone } from './record.ts'

test('what is written is read', () => {
  const data = new Map([
    ['a', '"\\n"'],
    ['two\nlines', '[1]'],
  ])
  const live: LiveRecord = { dead: false, born: 1764150000000, sent: 1764150000001, data, flash: '{}', notes: '[]' }
  const handoff = { tab: 'tab', n: 3, note: '"x"', next: 'sealed', token: 'digest' }
  for (const record of [live, { dead: true, at: 1 }, { dead: true, at: 1, handoff }] as (LiveRecord | Tombstone)[]) {
    expect(parseRecord(formatRecord(record))).toEqual(record)
  }
  expect(parseRecord('')).toEqual(emptyRecord)
})

test.each([
  '{"cookie":{"originalMaxAge":null},"user":1}',
  'patella 2\n{}\n[]\n',
  'patella 1 5 6\n',
  'patella 1\n{}\n[]\n',
  'patella 1 5\n{}\n[]\n',
  `patella 1 5 ${'9'.repeat(16)}\n{}\n[]\n`,
  'patella 1 5 6\n{}\n',
  'patella 1 5 6\n{}\n[]',
  'patella 1 5 6\n{}\n[]\n"a"\n',
  'patella 1 5 6\n{}\n[]\n"a"\n1',
  'patella 1 5 6\n{}\n[]\na\n1\n',
  'patella 1 5 6\n{}\n[]\n1\n1\n',
  'patella 1 5 6\n{}\n[]\n"a"\n1\n"b',
  'patella 1 dead\n',
  'patella 1 dead\n{"at":1}',
  'patella 1 dead\nnull\n',
  'patella 1 dead\n{"at":"now"}\n',
  'patella 1 dead\n{"at":1,"handoff":{"tab":"x"}}\n',
  'patella 1 dead\n{"at":1,"handoff":{"tab":"x","n":1,"next":1,"token":""}}\n',
  'patella 1 dead\n{"at":1,"handoff":7}\n',
  'eJyrVkosLcmIz0xRslIyMjAy0g==',
])('%j is not ours', (body) => expect(parseRecord(body)).toBeUndefined())

test('nothing makes it throw', () => {
  const line = fc.oneof(
    fc.constantFrom('patella 1 1 1', 'patella 1 dead', '{}', '[]'),
    fc.json(),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('', '\n'), (lines, end) => {
      parseRecord(lines.join('\n') + end)
    }),
    { numRuns: 300 },
  )
})
