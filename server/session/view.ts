import { PatellaError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { attempt, chain } from './awaitable.ts'
import { createFlashReader, parseFlash } from './flash.ts'
import { emptyRecord, type LiveRecord, type Tombstone } from './record.ts'
import type { Held, Room } from './room.ts'
import { type Changes, createSession, type SessionControls, type SessionState } from './session.ts'
import type { SessionView } from './sessions.ts'

/** What was done to a view. */
export interface ViewChanges {
  session: Changes | undefined
  /** The flash that was shown: stamps by key. */
  shown: ReadonlyMap<string, string>
}

/** A view of a record. `renew`: its end renews the life of what is stored, although nothing was done. */
export function createView(
  room: Room,
  sid: string,
  record: LiveRecord | Tombstone,
  { renew = false }: { renew?: boolean } = {},
): SessionView {
  const { dead } = record
  const { data, flash } = dead ? emptyRecord : record
  const reader = createFlashReader(parseFlash(flash))
  let state: SessionState | undefined
  let over: { ok: boolean; sid: string } | undefined

  const open = () => {
    const corrupt = () => room.corrupt(sid)
    state ??= createSession({ id: () => room.digest(sid), text: data, corrupt, update, freeze: room.freeze })
    return state
  }

  const update: SessionControls['update'] = async (fn) => {
    if (over) throw new PatellaError('session_closed')
    if (dead) throw new PatellaError('stale_request')
    // What cannot be stored of this view's own changes is told before anything of `fn` is.
    changes()
    const held = await room.hold(sid, { waitMs: limits.action })
    try {
      if (held.dead) throw new PatellaError('stale_request')
      const result = await fn(held.session)
      const { idChange } = held.state
      // The id changes with the view's own commit, which is the one that can tell the browser.
      held.state.idChange = undefined
      const text = held.state.text()
      const committed = await held.commit({ keep: true })
      if (!committed.ok) throw new PatellaError('session_conflict')
      open().rebase(text)
      if (idChange) open().idChange = idChange
      return result
    } finally {
      await held.release()
    }
  }

  const changes = (): ViewChanges | undefined => {
    const session = state?.changes()
    return session || reader.shown.size > 0 ? { session, shown: reader.shown } : undefined
  }
  const finish = (ok: boolean, sidAfter = sid) => {
    state?.close()
    over = { ok, sid: sidAfter }
    return over
  }
  const merge = (held: Held, done: ViewChanges) => {
    if (held.dead) return chain(held.release(), () => finish(false))
    held.apply(done)
    return attempt(
      () => held.commit({ keep: true }),
      (committed) => (committed.ok ? finish(true, committed.sid) : finish(false)),
      (error) => {
        void held.release()
        throw error
      },
    )
  }
  // A response that only read does not fail because its session could not be made to live longer.
  const renewLife = () => attempt(() => room.store.touch(room.keyOf(sid), room.ttl), nothing, nothing)

  return {
    sid,
    dead,
    get session() {
      return open().session
    },
    flash: reader.values,
    end() {
      const done = over ? undefined : changes()
      finish(true)
      return done
    },
    commit({ waitMs }) {
      if (over) return over
      const done = changes()
      if (dead) return finish(!done)
      if (done) return chain(room.hold(sid, { waitMs }), (held) => merge(held, done))
      return chain(renew ? renewLife() : undefined, () => finish(true))
    },
  }
}

function nothing(): void {}
