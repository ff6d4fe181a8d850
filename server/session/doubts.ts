import type { SessionStore } from './store.ts'

/** Leases that the store may have given out although nobody holds them: it failed, or did not answer in time. */
export interface Doubts {
  add(key: string, owner: string): void
  /** Gives back those of one key. False when there are none. */
  settle(key: string): Promise<boolean>
}

/** Time between two rounds of giving them back, ms, jittered by a quarter. */
const roundMs = 500

/** How often one is given back: what the store was asked for before it stood still, it may do after the first time. */
const times = 2

/** Most that are remembered; what is past that runs out by itself. */
const most = 1_000

interface Doubt {
  readonly key: string
  readonly owner: string
  /** When the lease has run out whatever became of it, ms since 1970. */
  readonly until: number
  times: number
}

/**
 * A store that stood still goes on with what it was asked for long ago: it gives a lease to a request that is over, and
 * keeps the session from everybody for as long as an action may take.
 */
export function createDoubts(store: SessionStore, leaseMs: number): Doubts {
  const doubts = new Map<string, Doubt>()
  let scheduled = false

  const giveBack = async (doubt: Doubt): Promise<void> => {
    await store.release(doubt.key, doubt.owner)
    doubt.times += 1
    if (doubt.times >= times) doubts.delete(doubt.owner)
  }

  async function round(): Promise<void> {
    for (const doubt of doubts.values()) {
      if (Date.now() > doubt.until) doubts.delete(doubt.owner)
      else await giveBack(doubt)
    }
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    const again = () => {
      scheduled = false
      if (doubts.size > 0) schedule()
    }
    // Where a round fails the store is still away.
    setTimeout(() => void round().then(again, again), roundMs * (0.75 + Math.random() / 2)).unref()
  }

  return {
    add(key, owner) {
      if (doubts.size >= most) return
      // From now on, for it may be given out as late as this.
      doubts.set(owner, { key, owner, until: Date.now() + leaseMs, times: 0 })
      schedule()
    },
    async settle(key) {
      const own = [...doubts.values()].filter((doubt) => doubt.key === key)
      await Promise.all(own.map(giveBack))
      return own.length > 0
    },
  }
}
