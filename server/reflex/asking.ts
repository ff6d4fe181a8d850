import type { Caller } from './caller.ts'
import type { Deadline } from './deadline.ts'
import type { ReflexRequest } from './request.ts'

/** A request, and what is known of it beside what it says. */
export interface Asking {
  readonly request: ReflexRequest
  readonly caller: Caller
  /** Path and query of the page that the tab shows. */
  readonly url: string
  readonly deadline: Deadline
}
