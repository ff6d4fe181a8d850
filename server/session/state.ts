import { PatellaError } from '../../protocol/errors.ts'
import type { IdChange, SessionChanges } from './contract.ts'
import { type Data, type Entries, jsonOf, noEntries, objectsIn, reservedKeys } from './data.ts'
import { parseJson } from './json.ts'
import type { Session, SessionControls } from './session.ts'

/** What a session asks of the room that it is in. */
export interface SessionHost {
  /** Whether loaded values are frozen when their session closes, so that a late write into one of them throws. */
  readonly freeze: boolean
  /** What `session.id` says. */
  digest(sid: string): string
  /** Told when a value is no JSON; it is left out. */
  corrupt(sid: string): void
}

/** The room's side of a session. */
export class SessionState {
  readonly session: Session
  idChange: IdChange | undefined = undefined
  readonly #host: SessionHost
  readonly #sid: string
  readonly #update: SessionControls['update'] | undefined
  readonly #data: Data = Object.create(null)
  #loaded: Entries = noEntries
  /** Keys whose text may not be the loaded one any more: they were written, or an object of theirs was given away. */
  #touched: Set<string> | undefined = undefined
  /** Only what was parsed here is ever frozen: a value that the app put in may be an object it goes on to use. */
  #parsed: object[] = []
  #closed = false

  /** `update` replaces `session.update()`, which else runs on this very session. */
  constructor(host: SessionHost, sid: string, entries: Entries, update?: SessionControls['update']) {
    this.#host = host
    this.#sid = sid
    this.#update = update
    this.#load(entries)
    this.session = new Proxy(this.#data, new SessionHandler(this)) as Session
  }

  /** The data; the very entries that were loaded when nothing was touched. Throws `session_not_serializable`. */
  entries(): Entries {
    const touched = this.#touched
    if (!touched) return this.#loaded
    const entries = new Map<string, string>()
    for (const key of Object.keys(this.#data)) {
      const text = touched.has(key) ? jsonOf('session', key, this.#data[key]) : this.#loaded.get(key)
      if (text !== undefined) entries.set(key, text)
    }
    return entries
  }

  /** `undefined` when nothing changed. Throws `session_not_serializable`. */
  changes(): SessionChanges | undefined {
    const { idChange } = this
    const now = this.entries()
    if (now === this.#loaded && !idChange) return undefined
    const before = idChange === 'destroy' ? noEntries : this.#loaded
    const set = new Map([...now].filter(([key, text]) => before.get(key) !== text))
    const deleted = [...before.keys()].filter((key) => !now.has(key))
    return idChange || set.size > 0 || deleted.length > 0 ? { idChange, set, deleted } : undefined
  }

  /** Does to this session what was done to another one. */
  merge({ idChange, set, deleted }: SessionChanges): void {
    if (idChange === 'destroy') this.#empty()
    for (const key of deleted) this.#put(key, undefined)
    for (const [key, text] of set) this.#put(key, JSON.parse(text))
    this.idChange = idChange ?? this.idChange
  }

  /** Takes other data as loaded; what was changed here stays changed. */
  rebase(entries: Entries): void {
    const changes = this.changes()
    this.#empty()
    this.#touched = undefined
    this.#load(entries)
    if (changes) this.merge(changes)
  }

  /** Reading goes on, writing throws. */
  close(): void {
    this.#closed = true
    for (const object of this.#parsed) Object.freeze(object)
  }

  /** As the app reads: whoever has an object may change it. */
  read(key: string): unknown {
    const value = this.#data[key]
    if (typeof value === 'object' && value !== null && !this.#closed) this.#touch(key)
    return value
  }

  /** As the app writes; `undefined` deletes. */
  write(key: string | symbol, value: unknown): void {
    if (this.#closed) throw new PatellaError('session_closed')
    if (typeof key === 'symbol')
      throw new PatellaError('session_not_serializable', { reason: 'a symbol is a key of it' })
    if (reservedKeys.has(key)) throw new PatellaError('session_key_reserved', { key })
    this.#put(key, value)
  }

  control(name: keyof SessionControls): unknown {
    switch (name) {
      case 'id':
        return this.#host.digest(this.#sid)
      case 'regenerate':
        return () => this.#changeId('regenerate')
      case 'destroy':
        return () => {
          this.#changeId('destroy')
          this.#empty()
        }
      case 'update':
        return this.#update ?? (async (fn: (session: Session) => unknown) => fn(this.session))
    }
  }

  #load(entries: Entries): void {
    this.#loaded = entries
    for (const [key, text] of entries) {
      const value = parseJson(text)
      if (value === undefined) {
        this.#touch(key)
        this.#host.corrupt(this.#sid)
        continue
      }
      this.#data[key] = value
      if (this.#host.freeze) objectsIn(value, this.#parsed)
    }
  }

  #put(key: string, value: unknown): void {
    this.#touch(key)
    if (value === undefined) delete this.#data[key]
    else this.#data[key] = value
  }

  #touch(key: string): void {
    this.#touched ??= new Set()
    this.#touched.add(key)
  }

  #empty(): void {
    for (const key of Object.keys(this.#data)) this.#put(key, undefined)
  }

  #changeId(change: IdChange): void {
    if (this.#closed) throw new PatellaError('session_closed')
    // What was destroyed stays destroyed.
    if (this.idChange !== 'destroy') this.idChange = change
  }
}

const controls: ReadonlySet<unknown> = new Set<keyof SessionControls>(['id', 'regenerate', 'destroy', 'update'])

/** The app's side: an object with the session's keys as its own, and its controls. */
class SessionHandler implements ProxyHandler<Data> {
  readonly #state: SessionState

  constructor(state: SessionState) {
    this.#state = state
  }

  get(_: Data, key: string | symbol): unknown {
    return controls.has(key) ? this.#state.control(key as keyof SessionControls) : this.#state.read(key as string)
  }

  set(_: Data, key: string | symbol, value: unknown): true {
    this.#state.write(key, value)
    return true
  }

  defineProperty(_: Data, key: string | symbol, descriptor: PropertyDescriptor): true {
    if (!('value' in descriptor)) throw new PatellaError('session_not_serializable', { reason: 'it has a getter' })
    this.#state.write(key, descriptor.value)
    return true
  }

  deleteProperty(_: Data, key: string | symbol): true {
    this.#state.write(key, undefined)
    return true
  }

  getOwnPropertyDescriptor(data: Data, key: string | symbol): PropertyDescriptor | undefined {
    this.#state.read(key as string)
    return Reflect.getOwnPropertyDescriptor(data, key)
  }

  setPrototypeOf(): false {
    return false
  }

  preventExtensions(): false {
    return false
  }
}
