import { createQueue } from '../queue.ts'

/** Does what concerns one key after what was asked for it before. */
export function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const queue = createQueue()
  return async (key, work) => {
    await queue.enter(key)
    try {
      return await work()
    } finally {
      queue.leave(key)
    }
  }
}
