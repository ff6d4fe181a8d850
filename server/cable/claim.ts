import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Time after which an upgrade that nobody answered is ended, ms (as engine.io does). */
const unclaimedAfter = 1_000

/**
 * Takes the upgrades of one path ahead of every other listener of the server, whenever that was added; all others pass
 * untouched. Adding a polite listener instead fails beside @fastify/websocket (404) and beside another
 * WebSocketServer (400), for theirs answer what they do not know.
 *
 * Returns what undoes it.
 */
export function claimUpgrades(server: Server, path: string, handle: UpgradeHandler): () => void {
  const emit = server.emit
  const claiming = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
    const request = args[0] as IncomingMessage | undefined
    if (event !== 'upgrade' || !isPath(request?.url, path)) return Reflect.apply(emit, this, [event, ...args])
    handle(...(args as [IncomingMessage, Duplex, Buffer]))
    return true
  }
  server.emit = claiming as typeof server.emit
  // Without any listener Node emits no `upgrade` at all and answers such requests as plain ones.
  const others = (_request: IncomingMessage, socket: Duplex) => {
    // A reset while it waits or is refused would otherwise be an unhandled error, which ends the process.
    socket.on('error', () => socket.destroy())
    endUnclaimed(server, socket)
  }
  server.on('upgrade', others)
  return () => {
    server.off('upgrade', others)
    if (server.emit === (claiming as typeof server.emit)) server.emit = emit
  }
}

function isPath(url: string | undefined, path: string): boolean {
  return url !== undefined && (url === path || (url.startsWith(path) && url[path.length] === '?'))
}

/** Alone with an upgrade that is not ours: nobody else will answer it. */
function endUnclaimed(server: Server, socket: Duplex & { bytesWritten?: number }): void {
  if (server.listenerCount('upgrade') === 1) return refuseUpgrade(socket, 404, 'Nothing listens here.')
  setTimeout(() => {
    if (socket.writable && (socket.bytesWritten ?? 0) === 0) socket.destroy()
  }, unclaimedAfter).unref()
}

const reasons: Readonly<Record<number, string>> = { 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' }

/** Answers an upgrade with a plain HTTP response and closes. */
export function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n`
  const retry = status === 503 ? 'Retry-After: 1\r\n' : ''
  socket.end(`${head}${retry}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  socket.once('finish', () => socket.destroy())
}
