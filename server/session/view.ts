import { PatellaError } from '../../protocol/errors.ts'
import { attempt, chain } from './awaitable.ts'
import type { Committed, Note, SessionView, ViewChanges, ViewEnd } from './contract.ts'
import { Flash } from './flash.ts'
import { emptyRecord, type LiveRecord, type Tombstone } from './record.ts'
import type { Held, Room } from './room.ts'
import type { Session } from './session.ts'
import { SessionState } from './state.ts'
import type { Awaitable } from './store.ts'

/** A view of a record. `renew`: its end renews the life of what is stored, although nothing was done. */
export function createView(
  room: Room,
  sid: string,
  record: LiveRecord | Tombstone,
  { renew = false }: { renew?: boolean } = {},
): SessionView {
  return new View(room, sid, record, renew)
}

class View implements SessionView {
  readonly sid: string
  readonly dead: boolean
  readonly diedAt: number | undefined
  readonly #room: Room
  readonly #record: LiveRecord
  readonly #renew: boolean
  #state: SessionState | undefined = undefined
  #flash: Flash | undefined = undefined
  #ending: Awaitable<ViewEnd> | undefined = undefined
  #closed = false
  /** Short holds that `update` has now. */
  #updating: Set<Held> | undefined = undefined

  constructor(room: Room, sid: string, record: LiveRecord | Tombstone, renew: boolean) {
    this.sid = sid
    this.dead = record.dead
    this.diedAt = record.dead ? record.at : undefined
    this.#room = room
    this.#record = record.dead ? emptyRecord : record
    this.#renew = renew
  }

  get session(): Session {
    return this.#open().session
  }

  get flash(): Readonly<Record<string, unknown>> {
    return this.#flashed().values
  }

  get leave(): Record<string, unknown> {
    return this.#flashed().leave
  }

  end(): ViewChanges | undefined {
    if (this.#closed) return undefined
    try {
      return this.#changes()
    } finally {
      this.discard()
    }
  }

  discard(): void {
    this.#closed = true
    this.#state?.close()
    this.#flash?.close()
    for (const held of this.#updating ?? []) void held.release()
  }

  commit(options: { waitMs: number; note?: Note; cookie?: boolean }): Awaitable<ViewEnd> {
    this.#ending ??= this.#closed ? this.#endOf({ ok: true }) : this.#commit(options)
    return this.#ending
  }

  #commit({ waitMs, note, cookie = false }: { waitMs: number; note?: Note; cookie?: boolean }): Awaitable<ViewEnd> {
    // Closed before anything is waited for: what is written from here on would be lost.
    const done = this.end()
    if (this.dead) return this.#endOf({ ok: !done, dead: true })
    if (done) return chain(this.#room.hold(this.sid, { waitMs }), (held) => this.#merge(held, done, cookie, note))
    if (!this.#renew) return this.#endOf({ ok: true })
    if (!this.#room.isDue(this.sid)) return this.#endOf({ ok: true, recent: true })
    return chain(this.#renewLife(), (dead) => this.#endOf({ ok: true, dead }))
  }

  #open(): SessionState {
    if (this.#state === undefined) {
      this.#state = new SessionState(this.#room, this.sid, this.#record.data, (fn) => this.#update(fn))
      if (this.#closed) this.#state.close()
    }
    return this.#state
  }

  #flashed(): Flash {
    if (this.#flash === undefined) {
      this.#flash = new Flash(this.#record.flash)
      if (this.#closed) this.#flash.close()
    }
    return this.#flash
  }

  #changes(): ViewChanges | undefined {
    const session = this.#state?.changes()
    const flash = this.#flash?.changes()
    return session || flash ? { session, flash } : undefined
  }

  #endOf(end: Partial<ViewEnd> & { ok: boolean }): ViewEnd {
    return { sid: this.sid, dead: false, ...end }
  }

  #merge(held: Held, done: ViewChanges, cookie: boolean, note: Note | undefined): Awaitable<ViewEnd> {
    if (held.dead) return chain(held.release(), () => this.#endOf({ ok: false, dead: true }))
    held.apply(done)
    // Without a change of id the request is noted already.
    const noted = done.session?.idChange && note ? { note } : {}
    return attempt<Committed, ViewEnd>(
      () => held.commit({ keep: true, cookie, ...noted }),
      (committed) => {
        if (!committed.ok) return this.#endOf({ ok: false })
        const { sid, token } = committed
        return this.#endOf({ ok: true, sid, ...(token !== undefined && { token }) })
      },
      (error) => {
        void held.release()
        throw error
      },
    )
  }

  /**
   * True when the id has died meanwhile: what is left of it is not to live longer. A response that only read does not
   * fail because its session could not be made to.
   */
  #renewLife(): Awaitable<boolean> {
    const { store, keyOf, lifeOf } = this.#room
    const key = keyOf(this.sid)
    const touch = (record: LiveRecord | Tombstone) =>
      record.dead ? true : chain(store.touch(key, lifeOf(record)), () => false)
    return attempt(
      () => chain(store.read(key), ({ body }) => touch(this.#room.parse(this.sid, body))),
      (dead) => dead,
      () => false,
    )
  }

  async #update<T>(fn: (session: Session) => T | Promise<T>): Promise<T> {
    if (this.#closed) throw new PatellaError('session_closed')
    if (this.dead) throw new PatellaError('stale_request')
    // What cannot be stored of this view's own changes is told before anything of `fn` is.
    this.#changes()
    const held = await this.#room.hold(this.sid, { waitMs: this.#room.waitMs })
    this.#updating ??= new Set()
    this.#updating.add(held)
    try {
      // The request was over while it waited.
      if (this.#closed) throw new PatellaError('session_closed')
      if (held.dead) throw new PatellaError('stale_request')
      const result = await fn(held.session)
      if (this.#closed) throw new PatellaError('session_closed')
      const { idChange } = held.state
      // The id changes with the view's own commit, which is the one that can tell the browser.
      held.state.idChange = undefined
      const entries = held.state.entries()
      const committed = await held.commit({ keep: true })
      if (!committed.ok) throw new PatellaError('session_conflict')
      this.#open().rebase(entries)
      if (idChange) this.#open().idChange = idChange
      return result
    } finally {
      this.#updating.delete(held)
      await held.release()
    }
  }
}
