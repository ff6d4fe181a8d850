import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** A middleware of Connect's kind: Express, Connect, Polka, or plain `node:http` with a `next` of one's own. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Middleware in their order. The listener's promise resolves when all have passed the request on or one has answered it, and
 * rejects with what one throws or passes to `next`.
 */
export function compose(middleware: readonly Middleware[]): RequestListener {
  return (request, response) =>
    new Promise<void>((resolve, reject) => {
      // Closed without having finished: its client is gone, and nothing else would tell.
      response.once('finish', resolve).once('close', resolve)
      const run = (at: number): void => {
        const next = (error?: unknown) => (error === undefined || error === null ? run(at + 1) : reject(error))
        const layer = middleware[at]
        if (layer === undefined) return resolve()
        try {
          const running: unknown = layer(request, response, next)
          if (running instanceof Promise) running.catch(reject)
        } catch (error) {
          reject(error)
        }
      }
      run(0)
    })
}
