import { PatellaError } from '../../protocol/errors.ts'
import { type Data, entriesOf, objectsIn, parseData, reservedKeys, textOf } from './data.ts'

/**
 * What the app keeps in a session. Augment it, and sessions are typed everywhere; without it any key holds anything.
 *
 * @example
 * declare module 'patella' { interface SessionData { count: number } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the app
export interface SessionData {}

/**
 * The data behind one cookie: read and write its keys; values are plain JSON, `undefined` deletes. Writing one of the
 * names below throws `session_key_reserved`, writing after the session was committed `session_closed`.
 */
export type Session = SessionFields & SessionControls

type SessionFields = keyof SessionData extends never ? Record<string, any> : Partial<SessionData>

export interface SessionControls {
  /** A digest of the session's id, for logs and as a key of one's own; never the id itself. */
  readonly id: string
  /** Moves the data to a new id when this request commits; the old one is dead. For logins. */
  regenerate(): void
  /** Empties the session and gives the browser a new id when this request commits; the old one is dead. For logouts. */
  destroy(): void
  /**
   * Runs `fn` on the session as it is stored now, held against all others for that long, and commits it. Where the
   * session is held anyway it just runs `fn`.
   */
  update<T>(fn: (session: Session) => T | Promise<T>): Promise<T>
}

/** How the id is to change at the commit. */
export type IdChange = 'regenerate' | 'destroy'

/** What was done to a session since it was loaded. Values are JSON texts. */
export interface Changes {
  idChange: IdChange | undefined
  set: ReadonlyMap<string, string>
  deleted: readonly string[]
}

/** The room's side of a session. */
export interface SessionState {
  readonly session: Session
  idChange: IdChange | undefined
  /** The data as JSON. Throws `session_not_serializable`. */
  text(): string
  /** `undefined` when nothing changed. Throws `session_not_serializable`. */
  changes(): Changes | undefined
  /** Does to this session what was done to another one. */
  apply(changes: Changes): void
  /** Takes other data as loaded; what was changed here stays changed. */
  rebase(text: string): void
  /** Reading goes on, writing throws. */
  close(): void
}

export interface SessionSource {
  /** What `session.id` says. */
  id(): string
  /** The data as JSON. */
  text: string
  /** Told when that is no JSON object; the session is then empty. */
  corrupt?: () => void
  /** Replaces `session.update()`, which else runs on this very session. */
  update?: SessionControls['update']
  /** Freezes the loaded values when the session closes, so that a late write into one of them throws. */
  freeze: boolean
}

export function createSession(source: SessionSource): SessionState {
  const data: Data = parseData(source.text, source.corrupt)
  // Only what was parsed here is ever frozen: a value that the app put in may be an object it goes on to use.
  let parsed = source.freeze ? objectsIn(data) : []
  let loaded = source.text
  let closed = false

  const writable = (key: string | symbol) => {
    if (closed) throw new PatellaError('session_closed')
    if (typeof key === 'symbol')
      throw new PatellaError('session_not_serializable', { reason: 'a symbol is a key of it' })
    if (reservedKeys.has(key)) throw new PatellaError('session_key_reserved', { key })
    return key
  }
  const write = (key: string, value: unknown) => {
    if (value === undefined) delete data[key]
    else data[key] = value
  }
  const empty = () => {
    for (const key of Object.keys(data)) delete data[key]
  }
  const changeId = (change: IdChange) => {
    if (closed) throw new PatellaError('session_closed')
    // What was destroyed stays destroyed.
    if (state.idChange !== 'destroy') state.idChange = change
  }
  const controls: SessionControls = {
    get id() {
      return source.id()
    },
    regenerate: () => changeId('regenerate'),
    destroy: () => {
      changeId('destroy')
      empty()
    },
    update: source.update ?? (async (fn) => fn(session)),
  }

  const session = new Proxy(data, {
    get: (_, key) => Reflect.get(Object.hasOwn(controls, key) ? controls : data, key),
    set(_, key, value) {
      write(writable(key), value)
      return true
    },
    defineProperty(_, key, descriptor) {
      if (!('value' in descriptor)) throw new PatellaError('session_not_serializable', { reason: 'it has a getter' })
      write(writable(key), descriptor.value)
      return true
    },
    deleteProperty: (_, key) => delete data[writable(key)],
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  }) as Session

  const state: SessionState = {
    session,
    idChange: undefined,
    text: () => textOf(entriesOf(data)),
    changes() {
      const now = entriesOf(data)
      const { idChange } = state
      if (!idChange && textOf(now) === loaded) return undefined
      const before = idChange === 'destroy' ? new Map<string, string>() : entriesOf(parseData(loaded))
      const set = new Map([...now].filter(([key, text]) => before.get(key) !== text))
      const deleted = [...before.keys()].filter((key) => !now.has(key))
      return idChange || set.size > 0 || deleted.length > 0 ? { idChange, set, deleted } : undefined
    },
    apply(changes) {
      if (changes.idChange === 'destroy') empty()
      for (const key of changes.deleted) delete data[key]
      for (const [key, text] of changes.set) data[key] = JSON.parse(text)
      state.idChange = changes.idChange ?? state.idChange
    },
    rebase(text) {
      const changes = state.changes()
      empty()
      Object.assign(data, parseData(text))
      if (source.freeze) parsed = parsed.concat(objectsIn(data))
      loaded = text
      if (changes) state.apply(changes)
    },
    close() {
      closed = true
      for (const object of parsed) Object.freeze(object)
    },
  }
  return state
}
