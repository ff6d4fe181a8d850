export interface Queue {
  /** Joins the queue of a key: nothing when nobody is in it, else a promise of the caller's turn. */
  enter(key: string): Promise<void> | undefined
  /** Ends the turn of who is at the front, who must do so once, and lets the next one in. */
  leave(key: string): void
}

/** First come, first served, for each key on its own. A key nobody waits for costs an entry in a map. */
export function createQueue(): Queue {
  const waiting = new Map<string, (() => void)[] | undefined>()
  return {
    enter(key) {
      if (!waiting.has(key)) {
        waiting.set(key, undefined)
        return undefined
      }
      return new Promise((resolve) => {
        const line = waiting.get(key)
        if (line) line.push(resolve)
        else waiting.set(key, [resolve])
      })
    },
    leave(key) {
      const next = waiting.get(key)?.shift()
      if (next) next()
      else waiting.delete(key)
    },
  }
}
