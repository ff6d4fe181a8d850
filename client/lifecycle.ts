import type { ReplyMore } from '../protocol/messages.ts'
import type { Status } from '../protocol/status.ts'
import type { MorphKind } from './reply.ts'

/** `detail` of the `reflex:…` events. */
export interface ReflexEventDetail {
  /** `name#action`; '' when the page is only rendered again. */
  reflex: string
  /** The element it ran for, even when it has left the document; null when there is none. */
  element: Element | null
  /** The request's number in this tab. */
  id: number
  /** How it ended; undefined until then. */
  status?: Status
  /** What the action returned. */
  result?: unknown
  /** The same error that the caller's promise is rejected with. */
  error?: ReflexError
  /** What the reply did to the page. */
  morph?: MorphKind
}

export type Stage =
  | 'before'
  | 'queued'
  | 'delivered'
  | 'success'
  | 'error'
  | 'halted'
  | 'forbidden'
  | 'after'
  | 'finalize'

/** What a promise is rejected with when a reflex ended in anything but ok, halted or redirect. */
export class ReflexError extends Error {
  declare readonly status: Status
  /** A code of Patella's error table, or the status itself. */
  declare readonly code: string
  /** Under this id the server logged the error. */
  declare readonly id: string | undefined
  /** Refused fields and what is wrong with each; '' holds what concerns no single field. */
  declare readonly issues: Record<string, string[]>
  /** In development: file and line of the action's error. */
  declare readonly at: string | undefined

  constructor(reflex: string, status: Status, { code = status, id, message, at, issues = {} }: ReplyMore) {
    super(message ?? `${reflex || 'page'}: ${code}`)
    Object.assign(this, { name: 'ReflexError', status, code, id, issues, at })
  }
}

/**
 * Dispatches a reflex's events, bubbling from its element; when a patch removed that, from its nearest ancestor that is still
 * there, at last from the document. Returns false when a listener said `preventDefault()`, which counts for `before` alone.
 */
export function createStages(detail: ReflexEventDetail): (stage: Stage) => boolean {
  const path: Element[] = []
  for (let element = detail.element; element; element = element.parentElement) path.push(element)
  return (stage) => {
    const target = path.find((element) => element.isConnected) ?? document
    return target.dispatchEvent(
      new CustomEvent(`reflex:${stage}`, { bubbles: true, cancelable: stage === 'before', detail }),
    )
  }
}

/** The stage that tells of a status. */
export function stageOf(status: Status): Stage {
  return status === 'ok' ? 'success' : status === 'halted' || status === 'forbidden' ? status : 'error'
}
