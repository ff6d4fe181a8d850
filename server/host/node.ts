import { notFound, sendAnswer } from './answer.ts'
import type { Front, Fronted } from './front.ts'
import type { Middleware } from './middleware.ts'
import { type Forwarded, trusting } from './visitor.ts'

/** What Express adds to a request. */
interface ExpressParts {
  originalUrl?: string
  app?: { get(setting: string): unknown }
}

/**
 * The middleware for `node:http`, Express and whatever else calls `(request, response, next)`. Express takes the mount path
 * off `url` and keeps the whole in `originalUrl`; its setting `trust proxy` counts.
 */
export function createMiddleware(front: Front): Middleware {
  return function patella(request, response, next) {
    const { originalUrl, app } = request as ExpressParts
    const answered = front({
      request,
      response,
      url: originalUrl,
      native: request,
      forwarded: app && (() => forwardedBy(app)),
      locals(values) {
        const kept = response as { locals?: Record<string, unknown> }
        kept.locals = Object.assign(kept.locals ?? Object.create(null), values)
      },
    })
    if (answered instanceof Promise) void answered.then(settle)
    else settle(answered)

    function settle(answer: Fronted): void {
      if (answer === undefined) next()
      else if (typeof answer === 'object') sendAnswer(response, answer)
    }
  }
}

/** For a `node:http` server without anything behind Patella. */
export const nothingBehind = (response: Parameters<Middleware>[1]): void => sendAnswer(response, notFound)

/** What Express compiles its setting to. Its own `request.host` has no port in Express 4. */
function forwardedBy(app: NonNullable<ExpressParts['app']>): Forwarded | undefined {
  const trusts = typeof app.get === 'function' ? app.get('trust proxy fn') : undefined
  return typeof trusts === 'function' ? trusting(trusts as Parameters<typeof trusting>[0]) : undefined
}
