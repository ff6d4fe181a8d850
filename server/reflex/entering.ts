import type { Asking } from './asking.ts'
import type { OpenSession } from './opened.ts'

/** A request that stands for a tab in the app's own middleware, which has run up to the action. */
export interface Entered {
  /** What the action sees as `ctx.request`. */
  readonly request: unknown
  /**
   * Ends the request. With `keep` the middleware finishes as it does when a response goes out, and what it stores is
   * stored when this resolves, with the Set-Cookie lines that it would have sent; without `keep` it is cut off.
   */
  leave(keep: boolean): Promise<readonly string[]>
}

/**
 * Takes a request through the app's own middleware. Rejects with `not_authorized`, `not_permitted` or
 * `middleware_answered` when one of them answers itself.
 */
export type Enter = (asking: Asking, opened: OpenSession) => Promise<Entered>
