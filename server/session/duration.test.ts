import { expect, test } from 'vitest'
import { durationInSeconds } from './duration.ts'

test.each([
  [90, 90],
  ['45s', 45],
  ['30m', 1_800],
  ['12h', 43_200],
  ['14d', 1_209_600],
  ['2w', 1_209_600],
  ['1y', 31_536_000],
])('%s is %d seconds', (value, seconds) => expect(durationInSeconds(value, 'x')).toBe(seconds))

test.each([
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '',
  '30',
  'm',
  '1 h',
  '1.5h',
  '-1d',
  '1M',
  '9'.repeat(20),
])('%s is none', (value) => {
  expect(() => durationInSeconds(value, 'session.expireAfter')).toThrow(
    expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining('session.expireAfter') }),
  )
})
