import type { Awaitable } from './store.ts'

/** Ends the turn and lets the next one in. Idempotent. */
export type EndTurn = () => void

export interface Turns {
  /** The turn under a key: at once when it is free, else when those who came before have ended theirs. */
  take(key: string): Awaitable<EndTurn>
}

/** First come, first served, for each key on its own. A key nobody waits for costs nothing. */
export function createTurns(): Turns {
  const waiting = new Map<string, ((end: EndTurn) => void)[]>()

  const turn = (key: string): EndTurn => {
    let over = false
    return () => {
      if (over) return
      over = true
      const next = waiting.get(key)?.shift()
      if (next) next(turn(key))
      else waiting.delete(key)
    }
  }

  return {
    take(key) {
      const queue = waiting.get(key)
      if (queue) return new Promise((resolve) => queue.push(resolve))
      waiting.set(key, [])
      return turn(key)
    },
  }
}
