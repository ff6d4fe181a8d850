/** Runs commands of which only so many may wait for an answer: past that they fail at once. */
export function createPending(most: number): <T>(command: () => Promise<T>) => Promise<T> {
  let pending = 0
  return async (command) => {
    if (pending >= most) throw new Error(`${pending} commands wait for an answer already`)
    pending += 1
    try {
      return await command()
    } finally {
      pending -= 1
    }
  }
}
