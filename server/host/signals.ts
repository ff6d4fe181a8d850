/** Time from the end of our own closing to that of the process, when something else keeps it alive, ms. */
const graceMs = 1_000

/** One listener for all servers of the process. */
const closers = new Set<() => Promise<void>>()

/**
 * Closes in good order on SIGTERM. A process that nothing keeps alive then ends by itself; one that does not, and that
 * nobody else ends, gets the signal again, as if there had been no listener. Returns what undoes it.
 */
export function closeOnTerm(close: () => Promise<void>): () => void {
  if (closers.size === 0) process.on('SIGTERM', onTerm)
  closers.add(close)
  return () => {
    if (closers.delete(close) && closers.size === 0) process.off('SIGTERM', onTerm)
  }
}

async function onTerm(): Promise<void> {
  process.off('SIGTERM', onTerm)
  const closing = [...closers]
  closers.clear()
  await Promise.all(closing.map((close) => close()))
  if (process.listenerCount('SIGTERM') > 0) return
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), graceMs).unref()
}
