import { PatellaError } from '../../protocol/errors.ts'
import { isPromise } from './awaitable.ts'
import type { Awaitable, SessionStore } from './store.ts'

/** A store that does not answer for so long, ms, has failed: a frozen one would hold every request for ever. */
const answerMs = 1_500

/**
 * The same store; whatever it throws, rejects with or leaves unanswered is a `session_store_failed` with its cause, unless
 * it is a PatellaError already. `failed` is told of each.
 */
export function guardStore(store: SessionStore, failed: () => void = () => {}): SessionStore {
  const { timeout = answerMs } = store
  const ask = <A extends unknown[], R>(call: (...args: A) => Awaitable<R>, ...args: A): Awaitable<R> => {
    let answer: Awaitable<R>
    try {
      answer = call.apply(store, args)
    } catch (error) {
      throw failure(error)
    }
    return isPromise(answer) ? inTime(answer) : answer
  }

  const inTime = <T>(answer: Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const asked = performance.now()
      // A timer counts from where the event loop believes to be: after the process stood still it fires too early.
      const look = () => {
        const left = timeout - (performance.now() - asked)
        if (left > 1) timer = setTimeout(look, left).unref()
        else reject(failure(new Error(`no answer within ${timeout} ms`)))
      }
      let timer = setTimeout(look, timeout).unref()
      answer.then(
        (value) => {
          clearTimeout(timer)
          resolve(value)
        },
        (error) => {
          clearTimeout(timer)
          reject(failure(error))
        },
      )
    })

  const failure = (cause: unknown) => {
    if (cause instanceof PatellaError) return cause
    failed()
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new PatellaError('session_store_failed', { store: store.name, reason }, { cause })
  }

  return {
    name: store.name,
    ...(store.local !== undefined && { local: store.local }),
    ...(store.maxBytes !== undefined && { maxBytes: store.maxBytes }),
    acquire: (key, owner, leaseMs) => ask(store.acquire, key, owner, leaseMs),
    read: (key) => ask(store.read, key),
    commit: (key, write) => ask(store.commit, key, write),
    release: (key, owner) => ask(store.release, key, owner),
    touch: (key, ttl) => ask(store.touch, key, ttl),
  }
}
