import { setTimeout as sleep } from 'node:timers/promises'
import { PatellaError } from '../../protocol/errors.ts'
import type { HeldSession, SessionView } from '../session/sessions.ts'
import { commitAndAnswer, repeat } from './held.ts'
import type { Note, Reply } from './reply.ts'
import type { Turn } from './turn.ts'

/**
 * Slow work: the session is not held while the action runs. A first short hold claims the number, so that a repeat
 * waits instead of running; a last one merges what the action changed and notes how it ended.
 */
export async function performSnapshot(turn: Turn): Promise<Reply> {
  const claimed = await claim(turn)
  if ('reply' in claimed) return claimed.reply
  const { view } = claimed
  const flash = {}
  const acted = await turn.act(view.session, flash)
  const held = await turn.sessions.hold(turn.caller.sid, { waitMs: turn.deadline.remaining })
  try {
    if (held.dead) throw new PatellaError('stale_request')
    const changes = view.end()
    if (acted.keep && changes !== undefined) held.apply(changes)
    Object.assign(held.flash, flash)
    return await commitAndAnswer(turn, held, acted)
  } finally {
    await held.release()
  }
}

async function claim(turn: Turn): Promise<{ view: SessionView } | { reply: Reply }> {
  const { request, caller, deadline, sessions } = turn
  for (;;) {
    const held = await sessions.hold(caller.sid, { waitMs: deadline.remaining })
    try {
      const known = held.recall(caller.tab, request.n)
      if (known.kind === 'stale') throw new PatellaError('stale_request')
      if (known.kind === 'new')
        return { view: await noteOn(turn, held, { status: 'accepted', morph: 'nothing', more: {} }) }
      const note = known.note as Note
      if (note.status !== 'accepted' || deadline.remaining === 0) return { reply: await repeat(turn, held, note) }
    } finally {
      await held.release()
    }
    // It runs on another connection or process: look again, not in step with others that wait.
    await sleep(Math.min(deadline.remaining, 50 + Math.random() * 100), undefined, { ref: false })
  }
}

async function noteOn(turn: Turn, held: HeldSession, value: Note): Promise<SessionView> {
  const { request, caller } = turn
  const committed = await held.commit({ keep: false, note: { tab: caller.tab, n: request.n, low: request.low, value } })
  if (!committed.ok) throw new PatellaError('session_conflict')
  return committed.view
}
