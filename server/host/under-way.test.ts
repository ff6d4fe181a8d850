import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test, vi } from 'vitest'
import { createUnderWay } from './under-way.ts'

const response = (state: Partial<ServerResponse> = {}) =>
  Object.assign(new EventEmitter(), { closed: false, headersSent: false, ...state }) as unknown as ServerResponse

test('waits for what is not answered yet, whoever comes meanwhile, and for so long at most', async () => {
  vi.useFakeTimers()
  const underWay = createUnderWay()
  const [one, two] = [response(), response()]
  underWay.add(one)
  let answered = false
  const waiting = underWay.answered(1_000).then(() => {
    answered = true
  })
  underWay.add(two)
  one.emit('close')
  await vi.advanceTimersByTimeAsync(1)
  expect(answered).toBe(false)
  two.emit('close')
  await waiting
  underWay.add(response())
  const late = underWay.answered(1_000)
  await vi.advanceTimersByTimeAsync(1_000)
  await late
  vi.useRealTimers()
})

test('waits for nobody whose client has gone, or who streams already', async () => {
  const underWay = createUnderWay()
  underWay.add(response({ closed: true }))
  underWay.add(response({ headersSent: true }))
  await underWay.answered(60_000)
})
