import { setTimeout as sleep } from 'node:timers/promises'
import { PatellaError } from '../../protocol/errors.ts'
import { recordLimits } from '../../protocol/limits.ts'
import type { HeldSession, SessionView, ViewChanges } from '../session/contract.ts'
import { commitAndAnswer, failedBy, hasRun, repeat } from './perform-held.ts'
import type { ActionEntry } from './registry.ts'
import type { Outcome, Reply } from './reply.ts'
import type { Turn } from './turn.ts'

/** Wait for the session once the action has ended, ms: its time may be up, and what it did is to be noted all the same. */
const lastWaitMs = 5_000

/**
 * Slow work: the session is not held while the action runs. A first short hold claims the number, so that a repeat
 * waits instead of running; a last one merges what the action changed and notes how it ended.
 */
export async function performSnapshot(turn: Turn, entry: ActionEntry): Promise<Reply> {
  const claimed = await claim(turn)
  if ('reply' in claimed) return claimed.reply
  const { view } = claimed
  const leave = {}
  let acted = await turn.act(entry, view.session, leave)
  let changes: ViewChanges | undefined
  try {
    // Before anything else waits: what the action still does is too late from here on.
    if (acted.keep) changes = view.end()
    else view.discard()
  } catch (error) {
    acted = failedBy(turn, error)
  }
  const held = await turn.sessions.hold(turn.sid, { waitMs: Math.max(turn.deadline.remaining, lastWaitMs) })
  try {
    // It has run, and does not run again; what it changed is not for whoever logged in or out meanwhile.
    if (held.dead) throw new PatellaError('session_conflict')
    if (changes !== undefined) held.apply(changes)
    Object.assign(held.leave, leave)
    return await commitAndAnswer(turn, held, acted)
  } finally {
    await held.release()
  }
}

const running: Outcome = { status: 'accepted', morph: 'nothing', more: {} }

async function claim(turn: Turn): Promise<{ view: SessionView } | { reply: Reply }> {
  const { request, caller, sid, deadline, sessions } = turn
  for (;;) {
    const held = await sessions.hold(sid, { waitMs: deadline.remaining })
    try {
      const known = held.recall(caller.tab, request.n)
      if (known.kind === 'stale') throw new PatellaError('stale_request')
      const outcome = known.kind === 'new' ? undefined : (known.note as Outcome)
      if (outcome === undefined || !hasRun(outcome)) return { view: await noteRunning(turn, held) }
      if (outcome.status !== 'accepted' || deadline.remaining === 0) return { reply: await repeat(turn, held, outcome) }
    } finally {
      await held.release()
    }
    // It runs on another connection or process: look again, not in step with others that wait.
    await sleep(Math.min(deadline.remaining, 50 + Math.random() * 100), undefined, { ref: false })
  }
}

async function noteRunning({ request, caller, deadline }: Turn, held: HeldSession): Promise<SessionView> {
  const { n, low } = request
  // For as long as it may run, and as long after that as any other note.
  const until = Date.now() + deadline.remaining + recordLimits.age
  const note = { tab: caller.tab, n, low, text: JSON.stringify(running), until }
  const committed = await held.commit({ keep: false, note })
  if (!committed.ok) throw new PatellaError('session_conflict')
  return committed.view
}
