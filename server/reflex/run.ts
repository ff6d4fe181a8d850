import { PatellaError } from '../../protocol/errors.ts'
import type { Caller } from './caller.ts'
import { Deadline } from './deadline.ts'
import { failureOf } from './failure.ts'
import { type Logger, logSafe } from './logger.ts'
import { performHeld } from './perform-held.ts'
import { performSnapshot } from './perform-snapshot.ts'
import type { Registry } from './registry.ts'
import { against, type Outcome, type Reply, replyOf, sentBefore, serialize } from './reply.ts'
import type { ReflexRequest, RefusedRequest } from './request.ts'
import { type Reach, type Services, Turn } from './turn.ts'

export interface RunnerOptions extends Services {
  readonly registry: Registry
  readonly production: boolean
  /** Never throws. */
  readonly logger: Logger
}

/**
 * Runs one request of a tab that shows `url` (path and query), and gives back its reply as JSON: exactly once and
 * whatever happens. It never rejects. `reach` is for tests, which stop it on its way.
 */
export type Run = (
  request: ReflexRequest | RefusedRequest,
  caller: Caller,
  url: string,
  reach?: Reach,
) => Promise<string>

export function createRunner(options: RunnerOptions): Run {
  const { logger, production } = options
  const log = (line: string) => logger.error(line)

  return async function run(request, caller, url, reach) {
    const started = performance.now()
    const target = logSafe('code' in request ? '' : request.target)
    const fail = (error: unknown) => failureOf(error, target, { production, log })
    let reply: Reply
    const { bases } = caller
    const whole = 'whole' in request && request.whole
    try {
      // Once more for a tab that could not read it: nothing runs, and nothing is rendered again.
      const before = whole && bases ? sentBefore(bases, request.n) : undefined
      reply = before ?? (await replyTo(request, caller, url, { ...options, target, fail, reach }))
    } catch (error) {
      reply = replyOf(fail(error))
    }
    const text = serialize(request.n, bases ? against(bases, { n: request.n, url, whole }, reply) : reply)
    report(reply, text, performance.now() - started)
    if (reach) await reach('replying')
    return text

    function report({ status, morph }: Reply, text: string, ms: number): void {
      const digest = caller.sid === undefined ? 'none' : options.sessions.digest(caller.sid)
      const done = status === 'ok' ? morph : status
      logger.info(`${target} ${done} ${Buffer.byteLength(text)} B ${ms.toFixed(1)} ms session ${digest}`)
      if (text.length > options.limits.reply) logger.warn(`${target} answers ${text.length} characters; morph less`)
    }
  }
}

interface Running extends RunnerOptions {
  readonly target: string
  readonly fail: (error: unknown) => Outcome
  readonly reach: Reach | undefined
}

async function replyTo(
  request: ReflexRequest | RefusedRequest,
  caller: Caller,
  url: string,
  running: Running,
): Promise<Reply> {
  const { registry, limits, target, fail, reach } = running
  if ('code' in request) {
    const { jsonDepth: depth, jsonNodes: nodes, rate } = limits
    throw new PatellaError(request.code, { reason: request.reason, depth, nodes, rate })
  }
  const entry = registry.get(request.target)
  // One answer for all that was not declared, whatever it is called.
  if (entry === undefined && request.target !== '') throw new PatellaError('action_unknown', { action: target })
  const { sid } = caller
  if (sid === undefined) throw new PatellaError('stale_request')
  const ms = entry?.timeout ?? limits.action
  const deadline = new Deadline(ms, () => new PatellaError('action_timeout', { action: target, ms }))
  const turn = new Turn({ request, caller, sid, url, deadline, services: running, fail, reach })
  try {
    if (entry === undefined) return await renderOnly(turn)
    return await (entry.snapshot ? performSnapshot(turn, entry) : performHeld(turn, entry))
  } finally {
    deadline.clear()
  }
}

/** A request without an action renders the page again; it changes nothing, so there is nothing to note. */
async function renderOnly(turn: Turn): Promise<Reply> {
  const view = await turn.sessions.view(turn.sid)
  if (view.dead) throw new PatellaError('stale_request')
  return turn.answer({ status: 'ok', morph: 'page', more: {} }, view)
}
