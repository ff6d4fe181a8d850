import type { ServerResponse } from 'node:http'

/** Plain requests that are not answered yet: they need the session store, so it is not closed under them. */
export interface UnderWay {
  add(response: ServerResponse): void
  /** Resolves when those of now, and who comes meanwhile, have been answered, after `ms` at the latest. */
  answered(ms: number): Promise<void>
}

export function createUnderWay(): UnderWay {
  const waiting = new Set<ServerResponse>()
  let emptied: (() => void) | undefined

  const done = (response: ServerResponse) => {
    waiting.delete(response)
    if (waiting.size === 0) emptied?.()
  }
  return {
    add(response) {
      // Its client went away while something before Patella worked.
      if (response.closed) return
      waiting.add(response)
      response.once('close', () => done(response))
    },
    answered(ms) {
      // What has begun to stream has stored its session, and may go on for hours.
      for (const response of waiting) if (response.headersSent) waiting.delete(response)
      if (waiting.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        emptied = resolve
        setTimeout(resolve, ms).unref()
      })
    },
  }
}
