import { parseJson } from './json.ts'
import { randomId } from './seal.ts'
import type { SessionStore } from './store.ts'
import { versionAfter } from './version.ts'

/**
 * Told of a session's end. `name` is the digest of its id, for the id itself is nobody else's business; `tab` the tab whose
 * request ended it, which waits for its hand-off.
 */
export type DeathListener = (name: string, tab: string | undefined) => void

/** Tells the processes that share a store of ids that died. */
export interface Deaths {
  announce(name: string, tab: string | undefined): void
  /** Calls `listener` for every death, whichever process brought it about, while `listening` says so. Returns its off. */
  listen(listener: DeathListener, listening: () => boolean): () => void
  close(): void
}

/** Time between two looks at what others announced, ms, jittered by a quarter: connections are cut within a second. */
const lookMs = 500

/** For how long an announcement stays, ms, and how many do: each process has looked many times by then. */
const kept = { ms: 30_000, entries: 1_000 }

/** How often in a row it may fail to be written, for others write at the same time, or the store fails. */
const tries = 20

type Entry = [version: number, name: string, tab: string | null, at: number, process: string]

/** `id` is another one when the board was forgotten, and its versions begin anew. */
interface Board {
  readonly id: string
  readonly entries: readonly Entry[]
}

/**
 * One record of the store is the notice board: it works on every store, and costs a small read now and then in
 * processes that have connections, a write where somebody logs in or out.
 */
export function createDeaths(store: SessionStore, key: string): Deaths {
  const listeners = new Map<DeathListener, () => boolean>()
  const here = randomId(9)
  let waiting: Entry[] = []
  let writing = false
  let looking: NodeJS.Timeout | undefined
  let seen = { id: '', version: 0 }
  let closed = false

  const tell = (name: string, tab: string | undefined) => {
    for (const listener of listeners.keys()) listener(name, tab)
  }

  async function write(): Promise<void> {
    if (writing) return
    writing = true
    let failures = 0
    while (waiting.length > 0 && failures < tries) {
      // A copy: others are announced while it is written.
      const batch = [...waiting]
      const written = await post(batch).catch(() => false)
      if (written) {
        waiting = waiting.slice(batch.length)
        failures = 0
        continue
      }
      failures += 1
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(100, 10 * 2 ** failures)).unref())
    }
    // Whoever was not told is answered `stale` at the next request.
    waiting = []
    writing = false
  }

  async function post(batch: readonly Entry[]): Promise<boolean> {
    const { version, body } = await store.read(key)
    const since = Date.now() - kept.ms
    const { id, entries: found } = parseBoard(body)
    const young = found.filter(([, , , at]) => at > since)
    const next = versionAfter(version)
    const added = batch.map(([, ...rest]): Entry => [next, ...rest])
    const entries = [...young, ...added].slice(-kept.entries)
    return store.commit(key, {
      owner: `${here}.${version}`,
      version,
      next,
      body: JSON.stringify([id || randomId(6), entries]),
      ttl: kept.ms,
    })
  }

  function look(): void {
    looking = undefined
    if (closed || listeners.size === 0) return
    const heard = [...listeners.values()].some((listening) => listening()) && hearNew()
    Promise.resolve(heard).then(schedule, schedule)
  }

  async function hearNew(): Promise<void> {
    const { version, body } = await store.read(key)
    if (version === seen.version) return
    const { id, entries } = parseBoard(body)
    const since = id === seen.id ? seen.version : 0
    seen = { id, version }
    for (const [at, name, tab, , process] of entries) if (at > since && process !== here) tell(name, tab ?? undefined)
  }

  function schedule(): void {
    if (!closed) looking ??= setTimeout(look, lookMs * (0.75 + Math.random() / 2)).unref()
  }

  return {
    announce(name, tab) {
      tell(name, tab)
      if (store.local) return
      waiting.push([0, name, tab ?? null, Date.now(), here])
      void write()
    },
    listen(listener, listening) {
      listeners.set(listener, listening)
      if (!store.local) schedule()
      return () => void listeners.delete(listener)
    },
    close() {
      closed = true
      clearTimeout(looking)
    },
  }
}

function parseBoard(body: string): Board {
  const parsed = parseJson(body)
  const [id, entries] = Array.isArray(parsed) ? parsed : []
  if (typeof id !== 'string' || !Array.isArray(entries)) return { id: '', entries: [] }
  return { id, entries: entries.filter(isEntry) }
}

function isEntry(entry: unknown): entry is Entry {
  if (!Array.isArray(entry)) return false
  const [version, name, tab, at, process] = entry
  return (
    Number.isSafeInteger(version) &&
    typeof name === 'string' &&
    (tab === null || typeof tab === 'string') &&
    typeof at === 'number' &&
    typeof process === 'string'
  )
}
