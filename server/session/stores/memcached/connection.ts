/** As much of the package's connection, a `MemcacheNode`, as is used. */
export interface MemcachedSocket {
  isConnected(): boolean
  connect(): Promise<void>
  command(text: string, options?: { isMultiline?: boolean; requestedKeys?: string[] }): Promise<unknown>
  readonly socket: { destroy(reason?: Error): unknown } | undefined
  on(event: 'close' | 'error', listener: () => void): unknown
}

export interface Connection {
  /** `work` may run twice. */
  ask<T>(work: (socket: MemcachedSocket) => Promise<T>): Promise<T>
  /** What waits for an answer fails. */
  close(): void
}

interface Link {
  readonly socket: MemcachedSocket
  readonly ready: Promise<void>
  /** Why it was given up. */
  fault?: Error
}

/**
 * The connection to one server, made when it is wanted and made anew after it broke; given up when something waits and no
 * answer has come for `silence` ms.
 *
 * The package's own time-out does not see that: what is sent begins it anew. And where it connects again it keeps what had
 * come of an answer, which the next one to ask, for another session, is then given. So each of its objects is used for one
 * connection, by this alone.
 */
export function createConnection(make: () => MemcachedSocket, silence: number): Connection {
  let link: Link | undefined
  let waiting = 0
  let watch: NodeJS.Timeout | undefined

  const open = (): Link => {
    const socket = make()
    const made: Link = { socket, ready: socket.connect() }
    socket.on('error', nothing)
    socket.on('close', () => {
      if (link === made) link = undefined
    })
    return made
  }

  const drop = (reason: string) => {
    if (!link) return
    link.fault = new Error(reason)
    // With a reason, for the package tells nobody of a connection that ends silently before it was made.
    link.socket.socket?.destroy(link.fault)
  }

  async function once<T>(work: (socket: MemcachedSocket) => Promise<T>): Promise<T> {
    link ??= open()
    const { socket, ready } = link
    await ready
    return work(socket)
  }

  return {
    async ask(work) {
      if (waiting === 0) watch = setTimeout(drop, silence, `no answer for ${silence} ms`).unref()
      waiting += 1
      const before = link
      const used = before?.socket.isConnected()
      try {
        return await once(work)
      } catch (error) {
        if (before?.fault) throw before.fault
        // A connection that lay idle may have been closed, which is noticed by using it.
        if (!used || isAnswer(error)) throw error
        return await once(work)
      } finally {
        waiting -= 1
        if (waiting === 0) clearTimeout(watch)
        else watch?.refresh()
      }
    },
    close: () => drop('the store was closed'),
  }
}

/** The server refused, by a connection that is well. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && /^(?:CLIENT_|SERVER_)?ERROR/.test(error.message)
}

function nothing(): void {}
