import { headersOf } from './answer.ts'
import { ActionUndone } from './entering.ts'
import type { Front } from './front.ts'
import type { Forwarded } from './visitor.ts'

/** `ctx` is Koa's context; its types are the app's own. */
export type KoaMiddleware = (ctx: any, next: () => Promise<any>) => Promise<void>

/** The middleware for Koa 3: `app.use(patella.koa())`. */
export function createKoaMiddleware(front: Front): KoaMiddleware {
  return async function patella(ctx, next) {
    const answer = await front({
      request: ctx.req,
      response: ctx.res,
      url: ctx.originalUrl,
      native: ctx,
      body: () => ctx.request.body,
      forwarded: () => forwardedBy(ctx.app),
      locals: (values) => void Object.assign(ctx.state, values),
    })
    if (answer === undefined) return next()
    if (answer === 'undone') throw new ActionUndone()
    if (answer === 'sent') {
      ctx.respond = false
      return
    }
    ctx.status = answer.status
    for (const [name, value] of headersOf(answer)) {
      if (name === 'set-cookie') ctx.append(name, value)
      else ctx.set(name, value)
    }
    if (answer.status !== 204 && answer.status !== 304) ctx.body = answer.body
  }
}

/** Koa's getters, by its settings `proxy`, `proxyIpHeader` and `maxIpsCount`, on a request that has not passed through it. */
function forwardedBy(app: { request: object }): Forwarded {
  return (raw) => Object.create(app.request, { app: { value: app }, req: { value: raw } })
}
