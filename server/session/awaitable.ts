import type { Awaitable } from './store.ts'

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** Goes on with a value at once, with a promise's value when it is there. */
export function chain<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** As `chain`; what `ask` throws or rejects with goes to `failed`. What `next` throws does not. */
export function attempt<T, U>(
  ask: () => Awaitable<T>,
  next: (value: T) => Awaitable<U>,
  failed: (error: unknown) => Awaitable<U>,
): Awaitable<U> {
  let value: Awaitable<T>
  try {
    value = ask()
  } catch (error) {
    return failed(error)
  }
  return isPromise(value) ? value.then(next, failed) : next(value)
}
