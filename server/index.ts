/**
 * Patella on the server.
 *
 * @module
 */
export { type ErrorCode, errorTable, PatellaError } from '../protocol/errors.ts'
export { type Limits, limits } from '../protocol/limits.ts'
export type { Origins } from '../protocol/origin.ts'
export type { Status } from '../protocol/status.ts'
export type { Use } from './host/entering.ts'
export type { FastifyPlugin } from './host/fastify.ts'
export type { ActionOptions as FormActionOptions } from './host/form-action.ts'
export type { HonoMiddleware } from './host/hono.ts'
export type { KoaMiddleware } from './host/koa.ts'
export type { Middleware } from './host/middleware.ts'
export type { PageContext, PageRenderer } from './host/pages.ts'
export type { NativeRequest } from './host/raw-request.ts'
export type { TrustProxy } from './host/visitor.ts'
export type { PatellaOptions } from './options.ts'
export { type Html, html, raw } from './page/html.ts'
export { createPatella, type Patella, type Stats } from './patella.ts'
export type { ContextSource } from './reflex/caller.ts'
export type { ActionContext, ContextData } from './reflex/context.ts'
export {
  type Action,
  type ActionOptions,
  type AroundHook,
  type Authorize,
  action,
  defineReflex,
  type ErrorHook,
  type Hook,
  type Hooks,
  type Reflex,
  type ReflexOptions,
} from './reflex/define.ts'
export type { ReflexElement } from './reflex/element.ts'
export type { Logger } from './reflex/logger.ts'
export type { Params } from './reflex/params.ts'
export type { StandardSchema } from './reflex/schema.ts'
export type { SessionCommit, SessionCounts, SessionLoad } from './session/figures.ts'
export type { Session, SessionControls, SessionData } from './session/session.ts'
export type { SessionOptions, SessionStats } from './session/sessions.ts'
export type { SessionStore, SessionWrite, StoredSession, StoreSetting } from './session/store.ts'
export { type ExpressSessionOptions, expressSession } from './session/stores/express-session.ts'
export { type MemcachedOptions, memcached } from './session/stores/memcached.ts'
export { type MemoryOptions, memory } from './session/stores/memory.ts'
export { type RedisOptions, redis } from './session/stores/redis.ts'
export { type SqlOptions, type SqlStore, sql } from './session/stores/sql.ts'
export type { Operations } from './stream/operations.ts'
