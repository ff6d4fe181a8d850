import { createAnnouncer } from './announce.ts'
import type { CableState } from './cable.ts'

export interface PageState {
  connection(state: CableState): void
  pending(count: number): void
  /** Resolves when the page is connected and nothing is pending; also when it will never be connected again. */
  settled(): Promise<void>
  /** No connection comes any more by itself. */
  stop(stopped: boolean): void
}

/** Tells the page, its style sheets and its testers of the connection and of what is pending. */
export function createPageState(): PageState {
  const html = document.documentElement
  const announcer = createAnnouncer()
  const waiters: (() => void)[] = []
  /** Undefined until it is known, so that a first connection that fails is told of as well. */
  let connected: boolean | undefined
  let stopped = false
  let count = 0

  function connection(state: CableState): void {
    html.dataset.patellaState = state
    const was = connected
    connected = state === 'connected'
    if (state === 'connecting') return
    for (const name of ['connected', 'disconnected']) html.classList.toggle(`patella-${name}`, name === state)
    if (was !== connected) {
      document.dispatchEvent(new CustomEvent(`patella:${state}`))
      announcer(connected)
    }
    release()
  }

  function pending(next: number): void {
    count = next
    html.dataset.patellaPending = String(next)
    release()
  }

  function isSettled(): boolean {
    return !count && (connected === true || stopped)
  }

  function release(): void {
    if (!isSettled()) return
    for (const resolve of waiters.splice(0)) resolve()
  }

  async function settled(): Promise<void> {
    // Those who were told first may have begun something new.
    while (!isSettled()) await new Promise<void>((resolve) => waiters.push(resolve))
  }

  return {
    connection,
    pending,
    settled,
    stop(next) {
      stopped = next
      release()
    },
  }
}
