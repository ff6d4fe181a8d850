import type { SessionStore, StoredSession } from '../../session/store.ts'

export interface SlowStore {
  readonly store: SessionStore
  /** Resolves when it was asked for a session. */
  readonly asked: Promise<void>
  /** What was asked is answered, and all that is asked from now on. */
  answer(): void
  readonly closed: boolean
}

/** A store for one request at a time, that takes its time, and answers nothing any more when it is closed. */
export function createSlowStore(): SlowStore {
  const kept = new Map<string, StoredSession>()
  const read = (key: string) => kept.get(key) ?? { version: 0, body: '' }
  let answering = signal()
  let asking = signal()
  let closed = false
  return {
    get asked() {
      return asking.given
    },
    answer: () => answering.give(),
    get closed() {
      return closed
    },
    store: {
      name: 'slow',
      open() {
        answering = signal()
        asking = signal()
        closed = false
      },
      async acquire(key) {
        asking.give()
        await answering.given
        if (closed) throw new Error('the store was closed')
        return read(key)
      },
      read,
      commit(key, { version, body }) {
        kept.set(key, { version: version + 1, body })
        return true
      },
      release() {},
      touch() {},
      close() {
        closed = true
      },
    },
  }
}

function signal(): { given: Promise<void>; give: () => void } {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}
