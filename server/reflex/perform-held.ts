import { PatellaError } from '../../protocol/errors.ts'
import type { Committed, HeldSession } from '../session/contract.ts'
import type { ActionEntry } from './registry.ts'
import type { Outcome, Reply } from './reply.ts'
import type { Acted, Turn } from './turn.ts'

/** The usual way: the session is held from load to commit, and let go before the page is rendered. */
export async function performHeld(turn: Turn, entry: ActionEntry): Promise<Reply> {
  const held = await turn.sessions.hold(turn.sid, { waitMs: turn.deadline.remaining })
  try {
    const known = held.recall(turn.caller.tab, turn.request.n)
    if (known.kind === 'stale') throw new PatellaError('stale_request')
    const before = known.kind === 'done' ? (known.note as Outcome) : undefined
    if (before && hasRun(before)) return await repeat(turn, held, before)
    if (turn.reach) await turn.reach('loaded')
    const acted = await turn.act(entry, held.session, held.leave)
    return await commitAndAnswer(turn, held, acted)
  } finally {
    await held.release()
  }
}

/** False when a login was wanted: asked again with newer cookies, the same request runs. */
export function hasRun({ status }: Outcome): boolean {
  return status !== 'unauthorized'
}

/** Commits what an action did, and only then says so. */
export async function commitAndAnswer(turn: Turn, held: HeldSession, acted: Acted): Promise<Reply> {
  if (turn.reach) await turn.reach('committing')
  const { outcome, committed } = await commit(turn, held, acted)
  if (turn.reach) await turn.reach('committed')
  if (!committed.ok) throw new PatellaError('session_conflict')
  const { view, token, renew } = committed
  return turn.answer(outcome, view, { token, renew, locals: acted.locals })
}

/** Answers a request that ran before: its noted effects, and a fresh render. */
export async function repeat(turn: Turn, held: HeldSession, outcome: Outcome): Promise<Reply> {
  const { request, caller, sid, sessions } = turn
  if (!held.dead) {
    await held.release()
    return turn.answer(outcome, await sessions.view(sid))
  }
  const reissued = await held.reissue(caller.tab, request.n)
  if (reissued === null) throw new PatellaError('stale_request')
  return turn.answer(outcome, await sessions.view(reissued.sid), { token: reissued.token })
}

async function commit(
  turn: Turn,
  held: HeldSession,
  { outcome, text, keep }: Acted,
): Promise<{ outcome: Outcome; committed: Committed }> {
  const { n, low } = turn.request
  const { tab } = turn.caller
  try {
    return { outcome, committed: await held.commit({ keep, note: { tab, n, low, text } }) }
  } catch (error) {
    const failed = failedBy(turn, error)
    return {
      outcome: failed.outcome,
      committed: await held.commit({ keep: false, note: { tab, n, low, text: failed.text } }),
    }
  }
}

/** Data that cannot be stored is the action's error: the request is noted as failed. Throws what is anything else. */
export function failedBy(turn: Turn, error: unknown): Acted {
  if (!(error instanceof PatellaError) || !unstorable.has(error.code)) throw error
  const outcome = turn.fail(error)
  return { outcome, text: JSON.stringify(outcome), keep: false, locals: {} }
}

const unstorable: ReadonlySet<string> = new Set(['session_not_serializable', 'session_too_large'])
