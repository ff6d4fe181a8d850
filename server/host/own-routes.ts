import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Visitor } from '../reflex/caller.ts'
import { type Answer, answerText, notFound } from './answer.ts'
import type { Assets } from './assets.ts'
import type { FormActions } from './form-action.ts'
import { answerQuiet, type QuietOptions } from './quiet.ts'
import type { Received } from './received.ts'
import { answerTesting, type TestingOptions } from './testing.ts'

export interface OwnRoutesOptions {
  readonly assets: Assets
  readonly actions: FormActions
  readonly quiet: QuietOptions
  readonly testing: TestingOptions
  readonly visitorOf: (request: IncomingMessage) => Visitor
  /** True once the process takes nothing new. */
  readonly draining: () => boolean
}

/** Answers what is below Patella's own path; `rest` is path and query behind it: `client.js`, `action/todo/add`. */
export type OwnRoutes = (received: Received, rest: string) => Answer | 'sent' | Promise<Answer | 'sent'>

export function createOwnRoutes(options: OwnRoutesOptions): OwnRoutes {
  const { assets, actions, quiet, testing, visitorOf } = options

  /** Whether this process may be sent visitors: its store answers, and it is not on its way out. */
  async function ready(): Promise<Answer> {
    if (options.draining()) throw new PatellaError('server_closing')
    await quiet.sessions.reach()
    return answerText(200, 'ready\n')
  }

  return (received, rest) => {
    const { request } = received
    const name = rest.split('?', 1)[0] as string
    if (name.startsWith('action/')) return actions.answer(received, visitorOf(request), rest.slice('action/'.length))
    if (name === 'session') return answerQuiet(request, visitorOf(request), quiet)
    if (name === 'testing') return answerTesting(request, visitorOf(request), testing)
    if (name === 'health') return answerText(200, 'ok\n')
    if (name === 'ready') return ready()
    if (name === 'cable') throw new PatellaError('upgrade_required')
    return assets.answer(name, request.headers) ?? notFound
  }
}
