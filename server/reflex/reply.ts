import type { Patch, ReplyMore, TextPatch, WireReply } from '../../protocol/messages.ts'
import type { Progress, Status } from '../../protocol/status.ts'
import type { Bases } from '../page/bases.ts'
import type { Effects } from './context.ts'
import type { Ending } from './invoke.ts'

/** How an action answers. */
export type Morph = 'page' | 'selector' | 'nothing'

/** How a request ended, patches apart: what its commit notes, so that a repeat is answered and not run. Plain JSON. */
export interface Outcome {
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

/** What of a reply is no text, and how many of its texts are the page's. */
interface Rest {
  readonly status: Status
  readonly morph: Morph
  readonly more: ReplyMore
  readonly roots: number
}

/** The reply that was sent to request `n`, before it was written against anything; undefined when it is not known any more. */
export function sentBefore(bases: Bases, n: number): Reply | undefined {
  const recalled = bases.recall(n)
  if (!recalled) return undefined
  const { texts } = recalled
  const { status, morph, more, roots } = recalled.rest as Rest
  const selectors = texts.slice(roots)
  return {
    status,
    morph,
    patches: texts.slice(0, roots),
    more: selectors.length > 0 ? { ...more, m: selectors } : more,
  }
}

/** The reply to request `n`, written against what the tab has. `whole`: it has it no more. */
export function against(
  bases: Bases,
  { n, url, whole }: { n: number; url: string; whole: boolean },
  reply: Reply,
): Reply {
  const { patches = [], more } = reply
  // What was not encoded yet is text.
  const selectors = (more.m ?? []) as readonly TextPatch[]
  const { m: _, ...beside } = more
  const texts = [...patches, ...selectors] as readonly TextPatch[]
  const { status, morph } = reply
  const sent: Rest = { status, morph, more: beside, roots: patches.length }
  const encoded = bases.patches(n, texts, whole, sent)
  const { t, ...rest } = beside
  const title = status === 'ok' ? bases.title(url, t) : t
  return {
    ...reply,
    patches: encoded.slice(0, patches.length),
    more: {
      ...(title !== undefined && { t: title }),
      ...(selectors.length > 0 && { m: encoded.slice(patches.length) }),
      ...rest,
    },
  }
}

/** The reply to a request that ended so. */
export function replyOf({ status, morph, more }: Outcome): Reply {
  // One that still says `accepted` when its time is up belongs to a process that is gone.
  return { status: status === 'accepted' ? 'timeout' : status, morph, more }
}

/** How a request ended that a middleware led elsewhere before its action. */
export function redirectTo(to: string): Outcome {
  return { status: 'redirect', morph: 'nothing', more: { to } }
}

/** How a request ended whose action threw nothing. */
export function outcomeOf(ending: Ending, effects: Effects): Outcome {
  const more: ReplyMore = {}
  const redirected = ending.status === 'ok' && effects.to !== undefined
  if (redirected) more.to = effects.to as string
  if (ending.status === 'ok' || ending.status === 'halted') {
    if (effects.operations.list.length > 0) more.o = effects.operations.list
    if (effects.selectors.length > 0) more.m = effects.selectors
    if (ending.result !== undefined) more.r = ending.result
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
