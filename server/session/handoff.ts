import { chain } from './awaitable.ts'
import type { Note } from './contract.ts'
import { noEntries } from './data.ts'
import type { Lease } from './lease.ts'
import { keepable, recalled } from './notes.ts'
import { formatRecord, type Handoff, parseRecord, type Tombstone, tombstoneMs } from './record.ts'
import type { Held, Room } from './room.ts'
import { equal, hash, randomId } from './seal.ts'
import { SessionState } from './state.ts'
import type { Awaitable } from './store.ts'

/** For how long the quiet request waits for a session that others hold, ms. */
const waitMs = 5_000

/** A hand-off to the id that follows the lease's, with the token that is good once for it. */
export function createHandoff(room: Room, lease: Lease, note: Note, next: string): { handoff: Handoff; token: string } {
  const text = keepable(note.text)
  const { token, digest } = createToken()
  const handoff: Handoff = { tab: note.tab, n: note.n, next: room.sealer.seal(next, lease.key), token: digest }
  return { handoff: text === undefined ? handoff : { ...handoff, note: text }, token }
}

/** Takes the token of a hand-off: `Sessions.redeem`. */
export function redeem(
  room: Room,
  sid: string,
  { tab, n, token }: { tab: string; n: number; token: string },
): Awaitable<string | null> {
  return chain(room.lease(sid, { waitMs }), (lease) => {
    const record = parseRecord(lease.body)
    const handoff = record?.dead && handoffOf(record, tab, n)
    const next = handoff && equal(handoff.token, hash(token)) ? room.sealer.open(handoff.next, lease.key) : undefined
    if (!handoff || next === undefined) return chain(lease.release(), () => null)
    return chain(rewrite(lease, record, { ...handoff, token: '' }), (written) => (written ? next : null))
  })
}

/** A dead id, held: it knows the request that killed it and nothing else. */
export function holdTombstone(room: Room, lease: Lease, tombstone: Tombstone): Held {
  const state = new SessionState(room, lease.sid, noEntries)
  return {
    sid: lease.sid,
    dead: true,
    diedAt: tombstone.at,
    state,
    session: state.session,
    flash: {},
    leave: {},
    recall: (tab, n) => recalled(handoffOf(tombstone, tab, n)?.note),
    apply() {},
    commit() {
      throw new Error('commit() on a session id that is dead: look at `dead` first')
    },
    reissue(tab, n) {
      const handoff = handoffOf(tombstone, tab, n)
      const sid = handoff && room.sealer.open(handoff.next, lease.key)
      if (!handoff || sid === undefined) return chain(lease.release(), () => null)
      const { token, digest } = createToken()
      return chain(rewrite(lease, tombstone, { ...handoff, token: digest }), (ok) => (ok ? { sid, token } : null))
    },
    release: () => lease.release(),
  }
}

/** Only the digest is stored, so that a dump of the store has no token in it. */
function createToken(): { token: string; digest: string } {
  const token = randomId(24)
  return { token, digest: hash(token) }
}

function handoffOf({ at, handoff }: Tombstone, tab: string, n: number): Handoff | undefined {
  const young = Date.now() - at < tombstoneMs
  return young && handoff?.tab === tab && handoff.n === n ? handoff : undefined
}

/** A tombstone's two minutes count from the death, whatever is written to it after. */
function rewrite(lease: Lease, tombstone: Tombstone, handoff: Handoff): Awaitable<boolean> {
  return lease.write(formatRecord({ ...tombstone, handoff }), tombstone.at + tombstoneMs - Date.now())
}
