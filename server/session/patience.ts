import { PatellaError } from '../../protocol/errors.ts'
import type { Awaitable } from './store.ts'

export interface Patience {
  /** The value, unless time is up first. A value that comes later is the caller's to give back. */
  race<T>(value: Awaitable<T>): Promise<T>
  pause(ms: number): Promise<void>
  end(): void
}

/** Longest time that a Node timer can be set to, ms; it fires at once for more. */
const longestTimer = 2 ** 31 - 1

/** Lasts until `waitMs` have passed (`session_busy`) or the signal aborts (its reason). */
export function createPatience({ waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined }): Patience {
  let end = () => {}
  const over = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new PatellaError('session_busy', { ms: waitMs })),
      Math.min(waitMs, longestTimer),
    )
    timer.unref()
    const abort = () => reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  over.catch(() => {})

  // First in the race: when both have happened, time is up.
  const race = <T>(value: Awaitable<T>) => Promise.race([over, value])
  return {
    race,
    pause: (ms) => race(new Promise((resolve) => setTimeout(resolve, ms).unref())),
    end: () => end(),
  }
}
