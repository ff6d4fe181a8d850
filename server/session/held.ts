import { PatellaError } from '../../protocol/errors.ts'
import { chain } from './awaitable.ts'
import { type FlashEntries, formatFlash, parseFlash, withoutShown, withWritten } from './flash.ts'
import { holdTombstone } from './handoff.ts'
import type { Lease } from './lease.ts'
import { type Moved, move } from './move.ts'
import { addNote, formatNotes, type Note, type Notes, notesOf, parseNotes, recallNote, withoutValues } from './notes.ts'
import { formatRecord, isBare, type LiveRecord, tombstoneMs } from './record.ts'
import type { Held, Room } from './room.ts'
import { createSession, type SessionState } from './session.ts'
import type { Committed } from './sessions.ts'
import type { Awaitable } from './store.ts'
import { createView } from './view.ts'

/** The session under a lease. */
export function openLease(room: Room, lease: Lease): Held {
  const record = room.parse(lease.sid, lease.body)
  return record.dead ? holdTombstone(room, lease, record) : holdLive(room, lease, record)
}

function holdLive(room: Room, lease: Lease, record: LiveRecord): Held {
  const { sid } = lease
  const written: Record<string, unknown> = Object.create(null)
  let flash = parseFlash(record.flash)
  let state: SessionState | undefined
  let notes: Notes | undefined

  const open = () => {
    const corrupt = () => room.corrupt(sid)
    state ??= createSession({ id: () => room.digest(sid), text: record.data, corrupt, freeze: room.freeze })
    return state
  }
  const known = () => {
    notes ??= parseNotes(record.notes)
    return notes
  }

  const close = () => {
    state?.close()
    Object.freeze(written)
  }

  function commit({ keep, note }: { keep: boolean; note?: Note }): Awaitable<Committed> {
    if (lease.over) return { ok: false }
    const idChange = keep ? state?.idChange : undefined
    const left: FlashEntries = idChange === 'destroy' ? new Map() : flash
    const next: LiveRecord = { ...record }
    if (keep) {
      next.data = state?.text() ?? record.data
      next.flash = formatFlash(withWritten(left, written, lease.owner))
    }
    if (note) addNote(known(), note, Date.now())

    const write = (): Awaitable<Moved | null> => {
      if (idChange) {
        const body = note || !isBare(next) ? bodyOf(room, next, note ? notesOf(known(), note.tab) : new Map()) : ''
        close()
        return move(room, lease, body, isBare(next) ? tombstoneMs : room.ttl, note)
      }
      if (lease.version === 0 && !note && isBare(next)) {
        close()
        return chain(lease.release(), () => ({ sid }))
      }
      const body = bodyOf(room, next, known())
      close()
      return chain(lease.write(body, room.ttl), (ok) => (ok ? { sid } : null))
    }
    return chain(write(), (done) => {
      if (!done) return { ok: false }
      return { ok: true, ...done, view: createView(room, done.sid, { ...next, flash: formatFlash(left) }) }
    })
  }

  return {
    sid,
    dead: false,
    get state() {
      return open()
    },
    get session() {
      return open().session
    },
    flash: written,
    recall: (tab, n) => recallNote(known(), tab, n, Date.now()),
    apply(changes) {
      if (changes.session) open().apply(changes.session)
      flash = withoutShown(flash, changes.shown)
    },
    commit,
    reissue: () => chain(lease.release(), () => null),
    release() {
      close()
      return lease.release()
    },
  }
}

/** Throws `session_too_large`; what was noted of requests gives way to data first. */
function bodyOf(room: Room, record: LiveRecord, notes: Notes): string {
  const limit = room.store.maxBytes ?? Number.POSITIVE_INFINITY
  const bodyWith = (kept: Notes) => formatRecord({ ...record, notes: formatNotes(kept) })
  let body = bodyWith(notes)
  if (Buffer.byteLength(body) > limit) body = bodyWith(withoutValues(notes))
  const bytes = Buffer.byteLength(body)
  if (bytes > limit) throw new PatellaError('session_too_large', { bytes, limit })
  return body
}
