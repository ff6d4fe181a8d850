import { PatellaError } from '../../../protocol/errors.ts'
import { isPromise } from '../awaitable.ts'
import type { Awaitable } from '../store.ts'

/** What bounds a store that is asked over a network. */
export interface StoreBounds {
  /**
   * How long it may take to answer, connecting again included, ms. Past it the request fails with
   * `session_store_failed`. Default 1,500.
   */
  commandTimeout?: number
  /** Most commands that may wait for an answer; past it they fail at once. Default 2,000. */
  maxPending?: number
}

/** With defaults. @throws option_invalid */
export function boundsOf(
  store: string,
  { commandTimeout = 1_500, maxPending = 2_000 }: StoreBounds,
): Required<StoreBounds> {
  for (const [name, value] of Object.entries({ commandTimeout, maxPending })) {
    if (!(value >= 1)) throw new PatellaError('option_invalid', { reason: `${store}: ${name} takes 1 or more` })
  }
  return { commandTimeout, maxPending }
}

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
