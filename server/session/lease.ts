import { PatellaError } from '../../protocol/errors.ts'
import { attempt, isPromise } from './awaitable.ts'
import type { HoldOptions } from './contract.ts'
import { createDoubts, type Doubts } from './doubts.ts'
import type { Figures } from './figures.ts'
import { createPatience } from './patience.ts'
import { createQueue, type Queue } from './queue.ts'
import { tombstoneMs } from './record.ts'
import { randomId } from './seal.ts'
import type { Awaitable, SessionStore, StoredSession } from './store.ts'
import { versionAfter } from './version.ts'

/**
 * The first pause while another process has the lease, ms, and the longest; each is twice the one before. Between two
 * of its own leases that process needs a round trip to the store, and one of a few tries falls into it.
 */
const pauses = { first: 4, longest: 64 }

/** What leases of one store in one process share. */
interface Office {
  readonly store: SessionStore
  readonly leaseMs: number
  readonly figures: Figures
  readonly doubts: Doubts
  /** Within this process they are taken in turn, so that it competes only with others. */
  readonly queue: Queue
}

/** Who asks for which lease. */
interface Claim {
  readonly sid: string
  readonly key: string
  /** Unique to this lease. */
  readonly owner: string
}

/** The way to take leases from a store. */
export function createLeases(
  store: SessionStore,
  leaseMs: number,
  keyOf: (sid: string) => string,
  figures: Figures,
): (sid: string, options: HoldOptions) => Awaitable<Lease> {
  const office = { store, leaseMs, figures, doubts: createDoubts(store, leaseMs), queue: createQueue() }
  const here = randomId(9)
  let count = 0
  return (sid, options) => {
    options.signal?.throwIfAborted()
    count += 1
    return take(office, { sid, key: keyOf(sid), owner: `${here}.${count}` }, options)
  }
}

/** The right to change what is stored under one id, and what was stored there when it was taken. */
export class Lease {
  readonly sid: string
  readonly key: string
  readonly owner: string
  readonly version: number
  readonly body: string
  readonly #office: Office
  /**
   * While a lost lease's tombstone is stored, its version refuses the write; later nothing would tell that there was
   * one.
   */
  readonly #lastMoment: number
  #over = false

  constructor(office: Office, { sid, key, owner }: Claim, stored: StoredSession, waitMs: number) {
    const { version, body } = stored
    office.figures.loaded(sid, stored, waitMs)
    this.sid = sid
    this.key = key
    this.owner = owner
    this.version = version
    this.body = body
    this.#office = office
    this.#lastMoment = Date.now() + office.leaseMs + tombstoneMs
  }

  /** True when it was written or released. */
  get over(): boolean {
    return this.#over
  }

  /** Writes and lets go. Nobody waits for the release that follows a failure: a frozen store would make it twice as long. False, and nothing written, when the lease was lost meanwhile or is over. */
  write(body: string, ttl: number): Awaitable<boolean> {
    if (this.#over) return false
    this.#end()
    const { sid, key, owner, version } = this
    const { store, queue, figures } = this.#office
    const refused = () => {
      figures.committed(sid, version, body, false)
      void this.#letGo()
      return false
    }
    if (Date.now() > this.#lastMoment) return refused()
    return attempt(
      () => store.commit(key, { owner, version, next: versionAfter(version), body, ttl }),
      (written) => {
        if (!written) return refused()
        figures.committed(sid, version, body, true)
        queue.leave(key)
        return true
      },
      (error) => {
        void this.#letGo()
        throw error
      },
    )
  }

  /** Lets go; idempotent. Where the store fails, the lease runs out by itself. */
  release(): Awaitable<void> {
    if (this.#over) return
    this.#end()
    return this.#letGo()
  }

  #end(): void {
    this.#over = true
    this.#office.figures.released()
  }

  #letGo(): Awaitable<void> {
    const { store, queue, doubts } = this.#office
    const leave = () => queue.leave(this.key)
    return attempt(
      () => store.release(this.key, this.owner),
      leave,
      () => {
        doubts.add(this.key, this.owner)
        leave()
      },
    )
  }
}

function take(office: Office, claim: Claim, options: HoldOptions): Awaitable<Lease> {
  const turn = office.queue.enter(claim.key)
  if (turn) return wait(office, claim, options, turn)
  let answer: Awaitable<StoredSession | null>
  try {
    answer = acquire(office, claim)
  } catch (error) {
    office.queue.leave(claim.key)
    throw error
  }
  return answer && !isPromise(answer)
    ? new Lease(office, claim, answer, 0)
    : wait(office, claim, options, undefined, answer)
}

function acquire({ store, leaseMs }: Office, { key, owner }: Claim): Awaitable<StoredSession | null> {
  return store.acquire(key, owner, leaseMs)
}

/** `answer` is that of a first try. */
async function wait(
  office: Office,
  claim: Claim,
  options: HoldOptions,
  turn: Promise<void> | undefined,
  answer?: Awaitable<StoredSession | null>,
): Promise<Lease> {
  const patience = createPatience(options)
  const asked = performance.now()
  const { figures } = office
  let late = turn !== undefined
  if (late) figures.waits()
  try {
    await patience.race(turn)
    for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.longest)) {
      if (answer === undefined) answer = acquire(office, claim)
      const stored = await patience.race(answer)
      if (stored) return new Lease(office, claim, stored, late ? performance.now() - asked : 0)
      if (!late) figures.waits()
      late = true
      answer = undefined
      if (await patience.race(settled(office, claim))) continue
      await patience.pause(pause * (0.5 + Math.random()))
    }
  } catch (error) {
    void giveBack(office, claim, turn, answer)
    if (error instanceof PatellaError && error.code === 'session_busy') figures.gaveUp()
    throw error
  } finally {
    if (late) figures.waited()
    patience.end()
  }
}

/** Whether the lease may have been kept from us by nobody at all, and is now free. */
function settled({ doubts }: Office, { key }: Claim): Promise<boolean> {
  return doubts.settle(key).catch(() => false)
}

/** What arrives when nobody waits for it any more. */
async function giveBack(
  { store, queue, doubts }: Office,
  { key, owner }: Claim,
  turn: Promise<void> | undefined,
  answer?: Awaitable<StoredSession | null>,
): Promise<void> {
  void Promise.resolve(turn).then(() => queue.leave(key))
  if (!answer) return
  try {
    await answer
    await store.release(key, owner)
  } catch {
    // The store may give it out nevertheless.
    doubts.add(key, owner)
  }
}
