import type { IncomingMessage, RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import { dispatch } from '../page/dispatch.ts'
import type { BasePath } from './base-path.ts'
import type { Visitors } from './visitor.ts'

/** By which way an upgrade came: the app that renders its pages, and whether a proxy took the base path off. */
export interface Way {
  readonly app: RequestListener | undefined
  readonly stripped: boolean
}

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, way: Way) => void

export interface UpgradeOptions {
  readonly visitors: Visitors
  readonly basePath: BasePath
  /** A path of Patella's own, behind the base path, by which a host's middleware is reached. */
  readonly probe: string
  /** Goes on with the upgrade. */
  readonly take: Upgrade
}

/**
 * Brings an upgrade to the cable: past no middleware, yet by the host's own setting for proxies. After a restart the tabs
 * come back before any plain request has shown that setting; then one is made, inside the process.
 */
export function createUpgrade({ visitors, basePath, probe, take }: UpgradeOptions): Upgrade {
  let learning: Promise<void> | undefined

  return (request, socket, head, way) => {
    if (visitors.known || way.app === undefined) return take(request, socket, head, way)
    // A reset meanwhile would otherwise be an unhandled error, which ends the process.
    socket.on('error', () => socket.destroy())
    learning ??= learn(way.app, way.stripped ? probe : basePath.prefix + probe).finally(() => {
      learning = undefined
    })
    void learning.then(() => take(request, socket, head, way))
  }

  async function learn(app: RequestListener, url: string): Promise<void> {
    const nobody = { address: undefined, cookie: undefined, language: undefined, userAgent: undefined }
    const page = { url, host: 'localhost', scheme: 'http', ...nobody, locals: {}, mark: {} } as const
    // Where a middleware answers for us, because its store is not there yet for example, the next upgrade asks again.
    await dispatch(app, { ...page, signal: AbortSignal.timeout(5_000), limit: 65_536 }).catch(() => {})
  }
}
