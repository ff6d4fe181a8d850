import type { Patch, ReplyMore, WireReply } from '../../protocol/messages.ts'
import type { Progress, Status } from '../../protocol/status.ts'
import type { Effects } from './context.ts'
import type { Ending } from './invoke.ts'

/** How an action answers. */
export type Morph = 'page' | 'selector' | 'nothing'

/** What a commit notes of a request, so that a repeat is answered and not run. Plain JSON. */
export interface Note {
  /** `accepted`: a snapshot action that has begun and not ended. */
  readonly status: Status | Progress
  readonly morph: Morph
  readonly more: ReplyMore
}

export interface Reply {
  readonly status: Status
  readonly morph: Morph
  readonly patches?: readonly Patch[]
  readonly more: ReplyMore
}

/** The reply as it travels (PROTOCOL.md, section 4). */
export function serialize(n: number, reply: Reply): string {
  const { status, patches = [], more } = reply
  const full = hasOwnKeys(more)
  let wire: WireReply
  if (status !== 'ok') wire = full ? [n, status, more] : [n, status]
  else if (full) wire = [n, patches, more]
  else wire = patches.length > 0 ? [n, patches] : [n]
  return JSON.stringify(wire)
}

/** The reply to a noted request, patches apart. */
export function replyOf(note: Note): Reply {
  // A note that still says `accepted` when its time is up belongs to a process that is gone.
  const status = note.status === 'accepted' ? 'timeout' : note.status
  return { status, morph: note.morph, more: note.more }
}

/** What an action that ended by itself leaves to be noted. */
export function noteOf(ending: Ending, effects: Effects): Note {
  const more: ReplyMore = {}
  const redirected = ending.status === 'ok' && effects.to !== undefined
  if (redirected) more.to = effects.to as string
  if (ending.status === 'ok' || ending.status === 'halted') {
    if (effects.operations.list.length > 0) more.o = effects.operations.list
    if (effects.selectors.length > 0) more.m = effects.selectors
    // Through JSON here, so that a result that JSON cannot hold is the action's error and not the commit's.
    if (ending.result !== undefined) more.r = JSON.parse(JSON.stringify(ending.result) ?? 'null')
  }
  if (ending.refused !== undefined) Object.assign(more, ending.refused)
  return { status: redirected ? 'redirect' : ending.status, morph: morphOf(ending, effects), more }
}

function morphOf(ending: Ending, effects: Effects): Morph {
  if (effects.selectors.length > 0) return 'selector'
  return ending.status !== 'ok' || effects.nothing || effects.to !== undefined ? 'nothing' : 'page'
}

function hasOwnKeys(value: object): boolean {
  for (const _ in value) return true
  return false
}
