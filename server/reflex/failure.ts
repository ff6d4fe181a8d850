import { randomBytes } from 'node:crypto'
import { type ErrorCode, PatellaError } from '../../protocol/errors.ts'
import type { ReplyMore } from '../../protocol/messages.ts'
import type { Status } from '../../protocol/status.ts'
import type { Outcome } from './reply.ts'

/** Errors that are a status of their own; every other one is `error`. */
const statusByCode: { readonly [C in ErrorCode]?: Status } = {
  action_timeout: 'timeout',
  action_unknown: 'unknown',
  arguments_invalid: 'invalid',
  flood: 'rate_limited',
  form_invalid: 'invalid',
  not_authorized: 'unauthorized',
  not_permitted: 'forbidden',
  page_forbidden: 'forbidden',
  page_unauthorized: 'unauthorized',
  request_invalid: 'invalid',
  session_busy: 'timeout',
  session_conflict: 'conflict',
  stale_request: 'stale',
  too_complex: 'invalid',
}

/** Statuses that tell of the server's own trouble: logged with their stack, under an id that the tab is given. */
const troubled: ReadonlySet<Status> = new Set(['error', 'timeout', 'conflict'])

export interface FailureOptions {
  readonly production: boolean
  readonly log: (line: string) => void
}

/**
 * Turns whatever was thrown into what the tab is told: a code and an opaque id; in development the message and the
 * place too.
 */
export function failureOf(thrown: unknown, target: string, { production, log }: FailureOptions): Outcome {
  const error = asError(thrown)
  const code = error instanceof PatellaError ? error.code : 'action_failed'
  const status = statusByCode[code] ?? 'error'
  const more: ReplyMore = { code }
  if (troubled.has(status)) {
    more.id = randomBytes(6).toString('base64url')
    log(`${target} failed (${code}, ${more.id}): ${traceOf(error)}`)
  }
  if (!production) {
    more.message = messageOf(error)
    const at = placeOf(error)
    if (at !== undefined && code === 'action_failed') more.at = at
  }
  return { status, morph: 'nothing', more }
}

// Anything may be thrown: null, a proxy, an object whose message is a getter that throws.
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  try {
    return new Error(`a value that is no Error was thrown: ${String(thrown)}`)
  } catch {
    return new Error('a value that is no Error was thrown')
  }
}

function traceOf(error: Error): string {
  try {
    const cause =
      error.cause === undefined ? '' : `\n  caused by ${String((error.cause as Error)?.stack ?? error.cause)}`
    return `${error.stack ?? messageOf(error)}${cause}`.slice(0, 16_384)
  } catch {
    return messageOf(error)
  }
}

function messageOf(error: Error): string {
  try {
    return String(error.message).slice(0, 2_048)
  } catch {
    return 'an error whose message cannot be read'
  }
}

/** `file:line` of the topmost frame that is the app's own code. */
function placeOf(error: Error): string | undefined {
  let stack: string
  try {
    stack = String(error.stack)
  } catch {
    return undefined
  }
  for (const line of stack.split('\n')) {
    const place = /(?:\(|at )(?:file:\/\/)?([^()\s][^()]*?):(\d+):\d+\)?$/.exec(line)
    if (place && !/node:|node_modules/.test(line)) return `${place[1]}:${place[2]}`
  }
  return undefined
}
