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
  readonly #room: Room
  readonly #record: LiveRecord
  readonly #renew: boolean
  #state: SessionState | undefined = undefined
  #flash: Flash | undefined = undefined
  #ended: ViewEnd | undefined = undefined

  constructor(room: Room, sid: string, record: LiveRecord | Tombstone, renew: boolean) {
    this.sid = sid
    this.dead = record.dead
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
    const done = this.#ended ? undefined : this.#changes()
    this.#finish({ ok: true })
    return done
  }

  commit({ waitMs, note, cookie = false }: { waitMs: number; note?: Note; cookie?: boolean }): Awaitable<ViewEnd> {
    if (this.#ended) return this.#ended
    const done = this.#changes()
    if (this.dead) return this.#finish({ ok: !done, dead: true })
    if (done) return chain(this.#room.hold(this.sid, { waitMs }), (held) => this.#merge(held, done, cookie, note))
    if (!this.#renew) return this.#finish({ ok: true })
    if (!this.#room.isDue(this.sid)) return this.#finish({ ok: true, recent: true })
    return chain(this.#renewLife(), (dead) => this.#finish({ ok: true, dead }))
  }

  #open(): SessionState {
    if (this.#state === undefined) {
      this.#state = new SessionState(this.#room, this.sid, this.#record.data, (fn) => this.#update(fn))
      if (this.#ended) this.#state.close()
    }
    return this.#state
  }

  #flashed(): Flash {
    this.#flash ??= new Flash(this.#record.flash)
    return this.#flash
  }

  #changes(): ViewChanges | undefined {
    const session = this.#state?.changes()
    const flash = this.#flash?.changes()
    return session || flash ? { session, flash } : undefined
  }

  #finish(end: Partial<ViewEnd> & { ok: boolean }): ViewEnd {
    this.#state?.close()
    this.#flash?.close()
    this.#ended = { sid: this.sid, dead: false, ...end }
    return this.#ended
  }

  #merge(held: Held, done: ViewChanges, cookie: boolean, note: Note | undefined): Awaitable<ViewEnd> {
    if (held.dead) return chain(held.release(), () => this.#finish({ ok: false, dead: true }))
    held.apply(done)
    // Without a change of id the request is noted already.
    const noted = done.session?.idChange && note ? { note } : {}
    return attempt<Committed, ViewEnd>(
      () => held.commit({ keep: true, cookie, ...noted }),
      (committed) => {
        if (!committed.ok) return this.#finish({ ok: false })
        const { sid, token } = committed
        return this.#finish({ ok: true, sid, ...(token !== undefined && { token }) })
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
    if (this.#ended) throw new PatellaError('session_closed')
    if (this.dead) throw new PatellaError('stale_request')
    // What cannot be stored of this view's own changes is told before anything of `fn` is.
    this.#changes()
    const held = await this.#room.hold(this.sid, { waitMs: this.#room.waitMs })
    try {
      if (held.dead) throw new PatellaError('stale_request')
      // The request was over while it waited.
      if (this.#ended) throw new PatellaError('session_closed')
      const result = await fn(held.session)
      if (this.#ended) throw new PatellaError('session_closed')
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
      await held.release()
    }
  }
}
