import { expect, test, vi } from 'vitest'
import { backoff } from './backoff.ts'

test('the wait is anything up to 250 ms, 500 ms, 1 s, 2 s, then 5 s', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(1)
  expect([0, 1, 2, 3, 4, 5, 50].map(backoff)).toEqual([250, 500, 1_000, 2_000, 5_000, 5_000, 5_000])
  random.mockReturnValue(0)
  expect([0, 50].map(backoff)).toEqual([0, 0])
  random.mockRestore()
})
