import { PatellaError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { attempt, chain } from './awaitable.ts'
import type { SessionView, ViewChanges } from './contract.ts'
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

interface Ended {
  ok: boolean
  sid: string
}

class View implements SessionView {
  readonly sid: string
  readonly dead: boolean
  readonly #room: Room
  readonly #record: LiveRecord
  readonly #renew: boolean
  #state: SessionState | undefined = undefined
  #flash: Flash | undefined = undefined
  #ended: Ended | undefined = undefined

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
    this.#end(true)
    return done
  }

  commit({ waitMs }: { waitMs: number }): Awaitable<Ended> {
    if (this.#ended) return this.#ended
    const done = this.#changes()
    if (this.dead) return this.#end(!done)
    if (done) return chain(this.#room.hold(this.sid, { waitMs }), (held) => this.#merge(held, done))
    return this.#renew ? chain(this.#renewLife(), () => this.#end(true)) : this.#end(true)
  }

  #open(): SessionState {
    this.#state ??= new SessionState(this.#room, this.sid, this.#record.data, (fn) => this.#update(fn))
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

  #end(ok: boolean, sid = this.sid): Ended {
    this.#state?.close()
    this.#flash?.close()
    this.#ended = { ok, sid }
    return this.#ended
  }

  #merge(held: Held, done: ViewChanges): Awaitable<Ended> {
    if (held.dead) return chain(held.release(), () => this.#end(false))
    held.apply(done)
    return attempt(
      () => held.commit({ keep: true }),
      (committed) => (committed.ok ? this.#end(true, committed.sid) : this.#end(false)),
      (error) => {
        void held.release()
        throw error
      },
    )
  }

  /** A response that only read does not fail because its session could not be made to live longer. */
  #renewLife(): Awaitable<void> {
    const { store, keyOf, ttl } = this.#room
    return attempt(() => store.touch(keyOf(this.sid), ttl), nothing, nothing)
  }

  async #update<T>(fn: (session: Session) => T | Promise<T>): Promise<T> {
    if (this.#ended) throw new PatellaError('session_closed')
    if (this.dead) throw new PatellaError('stale_request')
    // What cannot be stored of this view's own changes is told before anything of `fn` is.
    this.#changes()
    const held = await this.#room.hold(this.sid, { waitMs: limits.action })
    try {
      if (held.dead) throw new PatellaError('stale_request')
      const result = await fn(held.session)
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

function nothing(): void {}
