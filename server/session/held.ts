import { PatellaError } from '../../protocol/errors.ts'
import { chain } from './awaitable.ts'
import type { Committed, Note, Recall, ViewChanges } from './contract.ts'
import { Flash, noFlash } from './flash.ts'
import { holdTombstone } from './handoff.ts'
import type { Lease } from './lease.ts'
import { type Moved, move } from './move.ts'
import { addNote, formatNotes, type Notes, parseNotes, recallNote, withoutTexts } from './notes.ts'
import { longestText } from './pack.ts'
import { formatRecord, isBare, type LiveRecord, tombstoneMs } from './record.ts'
import type { Held, Room } from './room.ts'
import type { Session } from './session.ts'
import { SessionState } from './state.ts'
import type { Awaitable } from './store.ts'
import { createView } from './view.ts'

/** The session under a lease. */
export function openLease(room: Room, lease: Lease): Held {
  const record = room.parse(lease.sid, lease.body)
  return record.dead ? holdTombstone(room, lease, record) : new LiveSession(room, lease, record)
}

class LiveSession implements Held {
  readonly dead = false
  readonly diedAt = undefined
  readonly #room: Room
  readonly #lease: Lease
  readonly #record: LiveRecord
  readonly #flash: Flash
  #state: SessionState | undefined = undefined
  #notes: Notes | undefined = undefined

  constructor(room: Room, lease: Lease, record: LiveRecord) {
    this.#room = room
    this.#lease = lease
    this.#record = record
    this.#flash = new Flash(record.flash)
  }

  get sid(): string {
    return this.#lease.sid
  }

  get state(): SessionState {
    this.#state ??= new SessionState(this.#room, this.sid, this.#record.data)
    return this.#state
  }

  get session(): Session {
    return this.state.session
  }

  get flash(): Readonly<Record<string, unknown>> {
    return this.#flash.values
  }

  get leave(): Record<string, unknown> {
    return this.#flash.leave
  }

  recall(tab: string, n: number): Recall {
    return recallNote(this.#known(), tab, n, Date.now())
  }

  apply({ session, flash }: ViewChanges): void {
    if (session) this.state.merge(session)
    if (flash) this.#flash.merge(flash)
  }

  commit({ keep, note, cookie = false }: { keep: boolean; note?: Note; cookie?: boolean }): Awaitable<Committed> {
    const lease = this.#lease
    if (lease.over) return { ok: false }
    const idChange = keep ? this.#state?.idChange : undefined
    const now = Date.now()
    // A new id is a new session, and it is handed over with its cookie.
    const renew = !cookie && !idChange && this.#record.born > 0 && now > this.#record.sent + this.#room.cookieMs / 3
    const begins = this.#record.born === 0 || idChange !== undefined
    const next = {
      ...this.#record,
      born: begins ? now : this.#record.born,
      sent: begins || cookie || renew ? now : this.#record.sent,
    }
    // For the render after this commit: the flash that is written now is not.
    let rest = next.flash
    if (keep) {
      rest = idChange === 'destroy' ? noFlash : this.#flash.rest()
      next.flash = this.#flash.following(rest, lease.owner)
      if (this.#state) next.data = this.#state.entries()
    }
    if (note) addNote(this.#known(), note, now)
    return chain<Moved | { sid: string; stored: boolean } | null, Committed>(
      idChange ? this.#move(next, note) : this.#write(next, note),
      (done) =>
        done
          ? { ok: true, ...done, renew, view: createView(this.#room, done.sid, { ...next, flash: rest }) }
          : { ok: false },
    )
  }

  reissue(): Awaitable<null> {
    return chain(this.#lease.release(), () => null)
  }

  release(): Awaitable<void> {
    this.#close()
    return this.#lease.release()
  }

  #move(record: LiveRecord, note: Note | undefined): Awaitable<Moved | null> {
    const bare = isBare(record)
    // Other tabs come back with the new id, and send again what they await: it must not run twice.
    const notes = this.#state?.idChange === 'destroy' ? withoutTexts(this.#known(), note?.tab) : this.#known()
    const body = notes.size > 0 || !bare ? bodyOf(this.#room, { ...record, notes: formatNotes(notes) }) : ''
    this.#close()
    return move(this.#room, this.#lease, body, bare ? tombstoneMs : this.#room.lifeOf(record), note)
  }

  #write(record: LiveRecord, note: Note | undefined): Awaitable<{ sid: string; stored: boolean } | null> {
    const { sid } = this
    if (this.#lease.version === 0 && !note && isBare(record)) {
      this.#close()
      return chain(this.#lease.release(), () => ({ sid, stored: false }))
    }
    if (note) record.notes = formatNotes(this.#known())
    const body = bodyOf(this.#room, record)
    this.#close()
    return chain(this.#lease.write(body, this.#room.lifeOf(record)), (ok) => (ok ? { sid, stored: true } : null))
  }

  #known(): Notes {
    this.#notes ??= parseNotes(this.#record.notes)
    return this.#notes
  }

  #close(): void {
    this.#state?.close()
    this.#flash.close()
  }
}

/** Throws `session_too_large`; what was noted of requests gives way to data first. */
function bodyOf(room: Room, record: LiveRecord): string {
  const body = packed(room, record)
  if (typeof body === 'string') return body
  const shorter = packed(room, { ...record, notes: formatNotes(withoutTexts(parseNotes(record.notes))) })
  if (typeof shorter === 'string') return shorter
  throw new PatellaError('session_too_large', { ...shorter })
}

/** Bytes of what does not fit, and the most that would. */
interface Excess {
  readonly bytes: number
  readonly limit: number
}

function packed({ pack, store }: Room, record: LiveRecord): string | Excess {
  const text = formatRecord(record)
  const long = excessOf(text, longestText)
  if (long) return long
  const body = pack(text)
  return excessOf(body, store.maxBytes ?? longestText) ?? body
}

/** One UTF-16 code unit takes at most 3 bytes: most texts need no counting. */
function excessOf(text: string, limit: number): Excess | undefined {
  if (text.length * 3 <= limit) return undefined
  const bytes = Buffer.byteLength(text)
  return bytes > limit ? { bytes, limit } : undefined
}
