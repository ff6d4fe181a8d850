import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { Sessions } from '../session/sessions.ts'
import type { Caller } from './caller.ts'
import { Deadline } from './deadline.ts'
import { failureOf } from './failure.ts'
import { performHeld } from './held.ts'
import { type Logger, shown } from './logger.ts'
import type { Registry } from './registry.ts'
import { type Note, type Reply, replyOf, serialize } from './reply.ts'
import type { ReflexRequest, RefusedRequest } from './request.ts'
import { performSnapshot } from './snapshot.ts'
import { createTurn, type Turn, type TurnOptions } from './turn.ts'

export interface RunnerOptions extends Pick<TurnOptions, 'context' | 'render'> {
  readonly registry: Registry
  readonly sessions: Sessions
  readonly limits: Limits
  readonly production: boolean
  readonly logger: Logger
}

/** Runs one request and gives back its reply as JSON, exactly once and whatever happens: it never rejects. */
export type Run = (request: ReflexRequest | RefusedRequest, caller: Caller) => Promise<string>

export function createRunner(options: RunnerOptions): Run {
  const { sessions, limits, logger, production } = options
  const log = (line: string) => logger.error(`patella: ${line}`)

  return async function run(request, caller) {
    const started = performance.now()
    const target = shown('code' in request ? '' : request.target)
    const fail = (error: unknown) => failureOf(error, target, { production, log })
    let reply: Reply
    try {
      reply = await replyTo(request, caller, options, fail)
    } catch (error) {
      reply = replyOf(fail(error))
    }
    const text = serialize(request.n, reply)
    if (text.length > limits.reply) logger.warn(`patella: ${target} answers ${text.length} characters; morph less`)
    const outcome = reply.status === 'ok' ? reply.morph : reply.status
    const spent = (performance.now() - started).toFixed(1)
    const digest = caller.sid === undefined ? 'none' : sessions.digest(caller.sid)
    logger.info(`patella: ${target} ${outcome} ${Buffer.byteLength(text)} B ${spent} ms session ${digest}`)
    return text
  }
}

async function replyTo(
  request: ReflexRequest | RefusedRequest,
  caller: Caller,
  { registry, sessions, limits, context, render }: RunnerOptions,
  fail: (error: unknown) => Note,
): Promise<Reply> {
  if ('code' in request)
    throw new PatellaError(request.code, { reason: request.reason, depth: limits.jsonDepth, nodes: limits.jsonNodes })
  const entry = registry.get(request.target)
  const target = shown(request.target)
  // One answer for all that was not declared, whatever it is called.
  if (entry === undefined && request.target !== '') throw new PatellaError('action_unknown', { action: target })
  const { sid } = caller
  if (sid === undefined) throw new PatellaError('stale_request')
  const ms = entry?.timeout ?? limits.action
  const deadline = new Deadline(ms, () => new PatellaError('action_timeout', { action: target, ms }))
  try {
    const asking = { ...caller, sid }
    const turn = createTurn({ request, caller: asking, deadline, entry, sessions, limits, context, render, fail })
    if (entry === undefined) return await renderOnly(turn)
    return await (entry.snapshot ? performSnapshot(turn) : performHeld(turn))
  } finally {
    deadline.clear()
  }
}

/** A request without an action renders the page again; it changes nothing, so there is nothing to note. */
async function renderOnly(turn: Turn): Promise<Reply> {
  const view = await turn.sessions.view(turn.caller.sid)
  if (view.dead) throw new PatellaError('stale_request')
  return turn.answer({ status: 'ok', morph: 'page', more: {} }, view)
}
