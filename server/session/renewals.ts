/** Most sessions of which it is remembered; one that was forgotten costs a write more. */
const most = 10_000

/**
 * Whether a session's life is to be renewed: not when this process did so less than `everyMs` ago. Asking counts as doing
 * so.
 */
export function createRenewals(everyMs: number): (sid: string) => boolean {
  /** By the time of the renewal, the earliest first. */
  const renewed = new Map<string, number>()
  return (sid) => {
    const now = Date.now()
    if (now - (renewed.get(sid) ?? Number.NEGATIVE_INFINITY) < everyMs) return false
    renewed.delete(sid)
    renewed.set(sid, now)
    if (renewed.size > most) renewed.delete(renewed.keys().next().value as string)
    return true
  }
}
