import { randomBytes } from 'node:crypto'
import { PatellaError } from '../../protocol/errors.ts'
import type { WireElement } from '../../protocol/messages.ts'
import type { Visitor } from './caller.ts'
import { Deadline } from './deadline.ts'
import { type FailureOptions, failureOf } from './failure.ts'
import { logSafe } from './logger.ts'
import type { OpenSession } from './opened.ts'
import type { Registry } from './registry.ts'
import type { Outcome } from './reply.ts'
import { type Services, Turn } from './turn.ts'

/** A form that a browser submitted itself, to run an action without any script. */
export interface FormRequest {
  /** `name#action` */
  readonly target: string
  readonly element: WireElement
  /** Urlencoded. */
  readonly form: string
  /** Path and query of the page on which it stands. */
  readonly url: string
  readonly visitor: Visitor
  /**
   * Takes the request through the app's own middleware, within the action's time, and gives what the action sees as
   * `ctx.request`. Absent without `use`.
   */
  readonly pass: (() => Promise<unknown>) | undefined
}

export interface FormResult {
  readonly outcome: Outcome
  /** Whether what the action changed is to be committed. */
  readonly keep: boolean
  readonly locals: Record<string, unknown>
}

export interface FormRunner {
  /** How an action is run whose form came by a plain request: `'hold'` or `'snapshot'`. @throws action_unknown */
  sessionOf(target: string): 'hold' | 'snapshot'
  /** Runs the action as a tab's request would, on a session that the caller opened and will commit. Never rejects. */
  run(request: FormRequest, opened: OpenSession): Promise<FormResult>
}

/** The page after it is the browser's to ask for. */
const noApp = { app: undefined, stripped: false }

export function createFormRunner(services: Services & { registry: Registry }, failure: FailureOptions): FormRunner {
  const entryOf = (target: string) => {
    const entry = services.registry.get(target)
    if (entry === undefined) throw new PatellaError('action_unknown', { action: logSafe(target) })
    return entry
  }

  return {
    sessionOf: (target) => (entryOf(target).snapshot ? 'snapshot' : 'hold'),
    async run({ target, element, form, url, visitor, pass }, { session, leave }) {
      const entry = entryOf(target)
      const ms = entry.timeout
      const deadline = new Deadline(ms, () => new PatellaError('action_timeout', { action: target, ms }))
      // A tab of its own, that is gone with its one request: nobody sends a form again by itself.
      const caller = { ...visitor, tab: randomBytes(16).toString('base64url'), sid: undefined, ...noApp }
      const request = {
        n: 1,
        low: 1,
        target,
        element,
        args: [],
        form,
        url,
        posted: false,
        roots: undefined,
        whole: false,
        scripted: false,
      }
      const fail = (error: unknown) => failureOf(error, target, failure)
      try {
        // The middleware finishes with the response, which brings its cookies as well.
        const enter = pass && (async () => ({ request: await pass(), leave: async () => [] }))
        const turn = new Turn({ request, caller, sid: '', url, deadline, services: { ...services, enter }, fail })
        return await turn.act(entry, session, leave)
      } finally {
        deadline.clear()
      }
    },
  }
}
