import { isPromise } from '../awaitable.ts'
import type { Awaitable } from '../store.ts'

export interface Pending {
  /** Throws at once when as many wait for an answer as may. */
  <T>(command: () => Promise<T>): Promise<T>
  <T>(command: () => Awaitable<T>): Awaitable<T>
  /** How many wait now. */
  readonly waiting: number
}

/** Runs commands of which only so many may wait for an answer. */
export function createPending(most: number): Pending {
  let waiting = 0
  const done = () => {
    waiting -= 1
  }
  const run = <T>(command: () => Awaitable<T>): Awaitable<T> => {
    if (waiting >= most) throw new Error(`${waiting} commands wait for an answer already`)
    const answer = command()
    if (!isPromise(answer)) return answer
    waiting += 1
    return answer.finally(done)
  }
  return Object.defineProperty(run as Pending, 'waiting', { get: () => waiting })
}
