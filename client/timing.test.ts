import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTiming } from './timing.ts'

const element = {} as Element
const other = {} as Element
let runs: string[]
const note = (name: string) => () => runs.push(name)

beforeEach(() => {
  vi.useFakeTimers()
  runs = []
})
afterEach(() => {
  vi.useRealTimers()
})

test('debounce runs the last call, when nothing has come for its time', () => {
  const timing = createTiming(() => {})
  timing.run(element, 'k', { debounce: 300 }, note('a'))
  vi.advanceTimersByTime(299)
  timing.run(element, 'k', { debounce: 300 }, note('b'))
  vi.advanceTimersByTime(299)
  expect(runs).toEqual([])
  expect(timing.pending).toBe(1)
  vi.advanceTimersByTime(1)
  expect(runs).toEqual(['b'])
  expect(timing.pending).toBe(0)
})

test('elements and keys wait apart', () => {
  const timing = createTiming(() => {})
  timing.run(element, 'k', { debounce: 300 }, note('a'))
  timing.run(element, 'l', { debounce: 300 }, note('b'))
  timing.run(other, 'k', { debounce: 300 }, note('c'))
  vi.advanceTimersByTime(300)
  expect(runs).toEqual(['a', 'b', 'c'])
})

test('throttle runs the first call at once and the last within its time at its end', () => {
  const timing = createTiming(() => {})
  for (const name of ['a', 'b', 'c']) timing.run(element, 'k', { throttle: 100 }, note(name))
  expect(runs).toEqual(['a'])
  expect(timing.pending).toBe(1)
  vi.advanceTimersByTime(100)
  expect(runs).toEqual(['a', 'c'])
  timing.run(element, 'k', { throttle: 100 }, note('d'))
  expect(runs).toEqual(['a', 'c'])
  vi.advanceTimersByTime(100)
  expect(runs).toEqual(['a', 'c', 'd'])
  vi.advanceTimersByTime(100)
  timing.run(element, 'k', { throttle: 100 }, note('e'))
  expect(runs).toEqual(['a', 'c', 'd', 'e'])
})

test('flush runs what waits on the elements chosen, once', () => {
  const timing = createTiming(() => {})
  timing.run(element, 'k', { debounce: 300 }, note('a'))
  timing.run(other, 'k', { debounce: 300 }, note('b'))
  timing.flush((candidate) => candidate === element)
  expect(runs).toEqual(['a'])
  vi.advanceTimersByTime(300)
  expect(runs).toEqual(['a', 'b'])
})
