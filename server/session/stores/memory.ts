import { PatellaError } from '../../../protocol/errors.ts'
import { parseJson } from '../json.ts'
import type { SessionStore, SessionWrite, StoredSession } from '../store.ts'

export interface MemoryOptions {
  /** Most sessions that are kept; those not used for longest go first. Default 100,000. */
  maxEntries?: number
  /** Most memory that their bodies take, bytes. Default 64 MiB. One body takes at most a sixteenth of it. */
  maxBytes?: number
  /** Where the sessions are kept across restarts: read at once, written soon after changes and by `close`. */
  state?: MemoryState | undefined
}

export interface MemoryState {
  load(): string | undefined
  save(text: string): void
}

/** The store that needs nothing: this process's own memory, bounded. Answers synchronously. */
export interface MemoryStore extends SessionStore {
  readonly maxBytes: number
  acquire(key: string, owner: string, leaseMs: number): StoredSession | null
  read(key: string): StoredSession
  commit(key: string, write: SessionWrite): boolean
  release(key: string, owner: string): void
  touch(key: string, ttl: number): void
  close(): void
  /** All that is stored, for `restore`. */
  dump(): string
  /** Puts back what was dumped and has not expired since; ignores a text that is no dump. */
  restore(text: string): void
}

interface Entry extends StoredSession {
  /** ms since 1970, so that it means the same in another process. */
  expires: number
}

/** Time between two looks for what has expired unread, ms. */
const sweepMs = 60_000

/** Time from a change to the writing of the state, ms. */
const saveMs = 100

const nothingStored: StoredSession = Object.freeze({ version: 0, body: '' })

export function memory({ maxEntries = 100_000, maxBytes = 67_108_864, state }: MemoryOptions = {}): MemoryStore {
  for (const [name, value] of Object.entries({ maxEntries, maxBytes })) {
    if (!(value >= 1))
      throw new PatellaError('option_invalid', { reason: `memory: ${name} is ${value}; it takes 1 or more` })
  }
  // A Map keeps the order of insertion: what is read or written is put in again, so that the first is the one unused
  // for longest. A lease moves nothing: the commit that follows it does.
  const entries = new Map<string, Entry>()
  const leases = new Map<string, { owner: string; expires: number }>()
  let bytes = 0
  let sweeping: NodeJS.Timeout | undefined
  let saving: NodeJS.Timeout | undefined

  const drop = (key: string) => {
    bytes -= sizeOf(entries.get(key))
    entries.delete(key)
  }
  const put = (key: string, entry: Entry) => {
    drop(key)
    entries.set(key, entry)
    bytes += sizeOf(entry)
  }
  const find = (key: string) => {
    const entry = entries.get(key)
    if (!entry) return undefined
    if (entry.expires > Date.now()) return entry
    drop(key)
    return undefined
  }
  const heldByOther = (key: string, owner: string) => {
    const lease = leases.get(key)
    return lease !== undefined && lease.owner !== owner && lease.expires > Date.now()
  }
  const stored = (entry: Entry | undefined) => (entry ? { version: entry.version, body: entry.body } : nothingStored)

  const sweep = () => {
    const now = Date.now()
    for (const [key, entry] of entries) if (entry.expires <= now) drop(key)
    for (const [key, lease] of leases) if (lease.expires <= now) leases.delete(key)
    sweeping = undefined
    changed()
  }
  const save = () => {
    saving = undefined
    state?.save(store.dump())
  }
  const changed = () => {
    if (entries.size + leases.size > 0) sweeping ??= setTimeout(sweep, sweepMs * (0.75 + Math.random() / 2)).unref()
    if (state) saving ??= setTimeout(save, saveMs).unref()
  }

  const store: MemoryStore = {
    name: 'memory',
    local: true,
    maxBytes: Math.ceil(maxBytes / 16),
    acquire(key, owner, leaseMs) {
      if (heldByOther(key, owner)) return null
      leases.set(key, { owner, expires: Date.now() + leaseMs })
      return stored(find(key))
    },
    read(key) {
      const entry = find(key)
      if (entry) put(key, entry)
      return stored(entry)
    },
    commit(key, { owner, version, next, body, ttl }) {
      if (heldByOther(key, owner) || (find(key)?.version ?? 0) !== version) return false
      put(key, { version: next, body, expires: Date.now() + ttl })
      leases.delete(key)
      while (entries.size > maxEntries || bytes > maxBytes) drop(entries.keys().next().value as string)
      changed()
      return true
    },
    release(key, owner) {
      if (leases.get(key)?.owner === owner) leases.delete(key)
    },
    touch(key, ttl) {
      const entry = find(key)
      if (entry) entry.expires = Date.now() + ttl
    },
    figures: () => ({ entries: entries.size, leases: leases.size, bytes }),
    close() {
      clearTimeout(sweeping)
      clearTimeout(saving)
      save()
    },
    dump: () =>
      JSON.stringify(Array.from(entries, ([key, { version, body, expires }]) => [key, version, body, expires])),
    restore(text) {
      const rows = parseJson(text)
      for (const row of Array.isArray(rows) ? rows.filter(Array.isArray) : []) {
        const [key, version, body, expires] = row
        const whole =
          typeof key === 'string' &&
          typeof body === 'string' &&
          Number.isSafeInteger(version) &&
          version > 0 &&
          expires > Date.now()
        if (whole) put(key, { version, body, expires })
      }
    },
  }
  const text = state?.load()
  if (text !== undefined) store.restore(text)
  return store
}

/** What an entry takes beside its body, bytes: the key, and the objects around both. */
const around = 250

/** A JavaScript string takes two bytes for a character in the worst case. */
function sizeOf(entry: Entry | undefined): number {
  return entry ? around + entry.body.length * 2 : 0
}
