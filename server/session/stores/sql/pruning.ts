export interface Pruning {
  start(): void
  stop(): void
}

/** Prunes now and then: jittered by half, so that processes do not do so all at once. */
export function createPruning(prune: () => Promise<unknown>, everyMs: number): Pruning {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const schedule = () => {
    if (stopped) return
    const ms = Math.min(everyMs * (0.5 + Math.random()), 2 ** 31 - 1)
    timer = setTimeout(() => prune().then(schedule, schedule), ms).unref()
  }
  return {
    start() {
      stopped = false
      if (timer === undefined) schedule()
    },
    stop() {
      stopped = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}
