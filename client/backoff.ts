/** Full jitter under these ceilings, ms: after a restart the tabs of a busy site come back spread, yet soon. */
const ceilings = [250, 500, 1_000, 2_000, 5_000]

/** The wait before a try, ms; `attempt` counts from 0 the tries that have failed since it last went well. */
export function backoff(attempt: number): number {
  return Math.random() * (ceilings[Math.min(attempt, ceilings.length - 1)] as number)
}
