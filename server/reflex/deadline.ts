/** Longest time that may be set, ms: a day. A longer one than 2³¹ ms would be over at once. */
const longest = 86_400_000

export const timeoutRange = '1 to 86,400,000 ms'

export function isTimeout(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 1 && ms <= longest
}

/**
 * The time that one request has. `race` settles as its work does, or rejects with `reason` when the time is up;
 * `signal` tells those who listen. What the work does later is nobody's concern any more, its rejection included.
 */
export class Deadline {
  readonly #end: number
  readonly #reason: () => Error
  #timer: NodeJS.Timeout | undefined
  #controller: AbortController | undefined
  #expired: Error | undefined
  #reject: ((error: Error) => void) | undefined

  constructor(ms: number, reason: () => Error) {
    this.#end = performance.now() + ms
    this.#reason = reason
  }

  /** Time left, ms. */
  get remaining(): number {
    return Math.max(0, this.#end - performance.now())
  }

  /** Made when somebody asks: most actions never look at it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#expired) this.#controller.abort(this.#expired)
      else this.#start()
    }
    return this.#controller.signal
  }

  /** What is no promise is there already, and needs neither clock nor promise. */
  race<T>(work: T | PromiseLike<T>): T | Promise<T> {
    if (this.#expired) {
      Promise.resolve(work).catch(() => {})
      throw this.#expired
    }
    if (!isThenable(work)) return work
    this.#start()
    return new Promise<T>((resolve, reject) => {
      this.#reject = reject
      work.then(resolve, reject)
    })
  }

  /** Stops the clock; call it when the request is answered. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #start(): void {
    this.#timer ??= setTimeout(() => {
      this.#expired = this.#reason()
      this.#controller?.abort(this.#expired)
      this.#reject?.(this.#expired)
    }, this.remaining).unref()
  }
}

/** A promise of whatever library: a query that is run by waiting for it, for example. */
function isThenable<T>(work: T | PromiseLike<T>): work is PromiseLike<T> {
  return typeof (work as { then?: unknown } | null | undefined)?.then === 'function'
}
