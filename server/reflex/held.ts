import { PatellaError } from '../../protocol/errors.ts'
import type { HeldSession } from '../session/sessions.ts'
import type { Note, Reply } from './reply.ts'
import type { Acted, Turn } from './turn.ts'

/** The usual way: the session is held from load to commit, and let go before the page is rendered. */
export async function performHeld(turn: Turn): Promise<Reply> {
  const { request, caller, deadline, sessions } = turn
  const held = await sessions.hold(caller.sid, { waitMs: deadline.remaining })
  try {
    const known = held.recall(caller.tab, request.n)
    if (known.kind === 'stale') throw new PatellaError('stale_request')
    if (known.kind === 'done') return await repeat(turn, held, known.note as Note)

    return await commitAndAnswer(turn, held, await turn.act(held.session, held.flash))
  } finally {
    await held.release()
  }
}

/** Commits what an action did, and only then says so. */
export async function commitAndAnswer(turn: Turn, held: HeldSession, acted: Acted): Promise<Reply> {
  const { note, committed } = await commit(turn, held, acted)
  if (!committed.ok) throw new PatellaError('session_conflict')
  return turn.answer(note, committed.view, { token: committed.token, locals: acted.locals })
}

/** Answers a request that ran before: its noted effects, and a fresh render. */
export async function repeat(turn: Turn, held: HeldSession, note: Note): Promise<Reply> {
  const { request, caller, sessions } = turn
  if (!held.dead) {
    await held.release()
    return turn.answer(note, await sessions.view(caller.sid))
  }
  const reissued = await held.reissue(caller.tab, request.n)
  if (reissued === null) throw new PatellaError('stale_request')
  return turn.answer(note, await sessions.view(reissued.sid), { token: reissued.token })
}

async function commit(turn: Turn, held: HeldSession, { note, keep }: Acted) {
  const { n, low } = turn.request
  const noted = (value: Note) => ({ tab: turn.caller.tab, n, low, value })
  try {
    return { note, committed: await held.commit({ keep, note: noted(note) }) }
  } catch (error) {
    // Data that cannot be stored is the action's error: the request is noted as failed, its changes are dropped.
    if (!(error instanceof PatellaError) || !unstorable.has(error.code)) throw error
    const failed = turn.fail(error)
    return { note: failed, committed: await held.commit({ keep: false, note: noted(failed) }) }
  }
}

const unstorable: ReadonlySet<string> = new Set(['session_not_serializable', 'session_too_large'])
