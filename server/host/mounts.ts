import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { PatellaError } from '../../protocol/errors.ts'
import { listen } from './listen.ts'
import type { Upgrade } from './upgrade.ts'

export interface MountsOptions {
  /** Takes the cable's upgrades on a server; returns what undoes it. */
  readonly claim: (
    server: Server,
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, stripped: boolean) => void,
  ) => () => void
  readonly upgrade: Upgrade
  /** Sends away the tabs that came through an app. */
  readonly drain: (app: RequestListener | undefined) => Promise<void>
  /** Called when the last server begins to close. */
  readonly emptied: () => Promise<void>
}

/** The HTTP servers on which Patella takes upgrades: the app's, and its own. */
export interface Mounts {
  /** Pages of its tabs are rendered again through `app`; undefined: by Patella itself. */
  attach(server: Server, app: RequestListener | undefined): () => void
  /** Attaches to the server of a request that was seen, unless it is attached already. */
  find(request: IncomingMessage): void
  /** Starts a server of Patella's own. @throws port_taken */
  listen(listener: RequestListener, port: number, host: string | undefined, app?: RequestListener): Promise<Server>
  /** Lets the servers go. Those of our own are closed: what they answer is finished, for `ms` at most. */
  close(ms: number): { answered: Promise<void>; detach(): void }
}

export function createMounts(options: MountsOptions, warn: (error: PatellaError) => void): Mounts {
  const attached = new Map<Server, () => void>()
  const owned: Server[] = []
  /** Those that were let go, or are closing: they are not found again. */
  const released = new WeakSet<Server>()
  let lost = false

  function attach(server: Server, app: RequestListener | undefined): () => void {
    attached.get(server)?.()
    released.delete(server)
    const undo = options.claim(server, (request, socket, head, stripped) =>
      options.upgrade(request, socket, head, { app, stripped }),
    )
    const restore = beforeClose(server, () => {
      detach()
      void (attached.size === 0 ? options.emptied() : options.drain(app))
    })
    const detach = () => {
      undo()
      restore()
      released.add(server)
      if (attached.get(server) === detach) attached.delete(server)
    }
    attached.set(server, detach)
    return detach
  }

  return {
    attach,
    find(request) {
      const { server } = request.socket as { server?: Server }
      if (server !== undefined) {
        if (!attached.has(server) && !released.has(server)) attach(server, emitOn(server))
      } else if (attached.size === 0 && !lost) {
        lost = true
        warn(new PatellaError('server_unknown'))
      }
    },
    async listen(listener, port, host, app) {
      const server = await listen(listener, port, host)
      owned.push(server)
      // Node's `close` ends the connections that are idle then; one that is answered later would stay for seconds.
      server.on('request', (_request, response) => {
        response.once('finish', () => {
          if (!server.listening) server.closeIdleConnections()
        })
      })
      attach(server, app)
      return server
    },
    close(ms) {
      const closing = Promise.all(owned.map((server) => new Promise((resolve) => server.close(resolve))))
      // Pages under way are answered too, as long as they take no longer than a reflex may.
      const late = new Promise((resolve) => setTimeout(resolve, ms).unref())
      return {
        answered: Promise.race([closing, late]).then(() => {
          for (const server of owned) server.closeAllConnections()
        }),
        detach() {
          for (const detach of [...attached.values()]) detach()
        },
      }
    },
  }
}

/** The server's own listener, whatever it is by then: a host app's. */
export function emitOn(server: Server): RequestListener {
  return (request, response) => void server.emit('request', request, response)
}

/**
 * Node's `close` waits for every connection, upgraded ones too, and tells nobody that it was called: without this a host
 * that closes would wait for its tabs for ever.
 */
function beforeClose(server: Server, act: () => void): () => void {
  const { close } = server
  const closing = function (this: Server, ...args: Parameters<typeof close>) {
    act()
    return close.apply(this, args)
  }
  server.close = closing
  return () => {
    if (server.close === closing) server.close = close
  }
}
