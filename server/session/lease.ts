import { attempt, isPromise } from './awaitable.ts'
import { createPatience } from './patience.ts'
import { createTurns, type EndTurn } from './queue.ts'
import { tombstoneMs } from './record.ts'
import { randomId } from './seal.ts'
import type { HoldOptions } from './sessions.ts'
import type { Awaitable, SessionStore, StoredSession } from './store.ts'

/** The right to change what is stored under one id, and what was stored there when it was taken. */
export interface Lease {
  readonly sid: string
  readonly key: string
  /** Unique to this lease. */
  readonly owner: string
  readonly version: number
  readonly body: string
  /** True when it was written or released. */
  readonly over: boolean
  /** Writes and lets go. False, and nothing written, when the lease was lost meanwhile or is over. */
  write(body: string, ttl: number): Awaitable<boolean>
  /** Lets go; idempotent. Where the store fails, the lease runs out by itself. */
  release(): Awaitable<void>
}

/**
 * The first pause while another process has the lease, ms, and the longest; each is twice the one before. Between two
 * of its own leases that process needs a round trip to the store, and one of a few tries falls into it.
 */
const pauses = { first: 4, longest: 64 }

/** The way to take leases from a store: in turn within this process first, so that it competes only with others. */
export function createLeases(
  store: SessionStore,
  leaseMs: number,
  keyOf: (sid: string) => string,
): (sid: string, options: HoldOptions) => Awaitable<Lease> {
  const turns = createTurns()
  const here = randomId(9)
  let count = 0

  return (sid, options) => {
    options.signal?.throwIfAborted()
    const key = keyOf(sid)
    const owner = `${here}.${++count}`
    const acquire = () => store.acquire(key, owner, leaseMs)
    const open = (stored: StoredSession, endTurn: EndTurn) => {
      // While a lost lease's tombstone is stored, its version refuses the write; later nothing would tell that there was one.
      const lastMoment = Date.now() + leaseMs + tombstoneMs
      return createLease(store, { sid, key, owner, ...stored }, lastMoment, endTurn)
    }

    const turn = turns.take(key)
    if (isPromise(turn)) return wait(turn)
    let answer: Awaitable<StoredSession | null>
    try {
      answer = acquire()
    } catch (error) {
      turn()
      throw error
    }
    return answer && !isPromise(answer) ? open(answer, turn) : wait(turn, answer)

    async function wait(turn: Awaitable<EndTurn>, answer?: Awaitable<StoredSession | null>): Promise<Lease> {
      const patience = createPatience(options)
      try {
        const endTurn = await patience.race(turn)
        for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.longest)) {
          if (answer === undefined) answer = acquire()
          const stored = await patience.race(answer)
          if (stored) return open(stored, endTurn)
          answer = undefined
          await patience.pause(pause * (0.5 + Math.random()))
        }
      } catch (error) {
        void giveBack(turn, answer)
        throw error
      } finally {
        patience.end()
      }
    }

    /** What arrives when nobody waits for it any more. */
    async function giveBack(turn: Awaitable<EndTurn>, answer?: Awaitable<StoredSession | null>): Promise<void> {
      void Promise.resolve(turn).then((endTurn) => endTurn())
      if (!answer) return
      try {
        await answer
      } catch {
        // The store may have taken it nevertheless.
      }
      await attempt(() => store.release(key, owner), nothing, nothing)
    }
  }
}

function createLease(
  store: SessionStore,
  lease: StoredSession & { sid: string; key: string; owner: string },
  lastMoment: number,
  endTurn: EndTurn,
): Lease {
  const { key, owner, version } = lease
  const letGo = () => attempt(() => store.release(key, owner), endTurn, endTurn)
  // Nobody waits for the release that follows a failure: a frozen store would make it twice as long.
  const refused = () => {
    void letGo()
    return false
  }
  let over = false
  return {
    ...lease,
    get over() {
      return over
    },
    write(body, ttl) {
      if (over) return false
      over = true
      if (Date.now() > lastMoment) return refused()
      return attempt(
        () => store.commit(key, { owner, version, body, ttl }),
        (written) => {
          if (!written) return refused()
          endTurn()
          return true
        },
        (error) => {
          void letGo()
          throw error
        },
      )
    },
    release() {
      if (over) return
      over = true
      return letGo()
    },
  }
}

function nothing(): void {}
