import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** `stripped`: the upgrade came without the base path, which a proxy took off. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer, stripped: boolean) => void

export interface ClaimOptions {
  readonly basePath: string
  readonly path: string
  /** Time after which an upgrade is ended that is nobody's, ms: another server may ask a database whom it lets in. */
  readonly unclaimedMs: number
}

interface Claim {
  /** Path with the base path, and without it. */
  readonly whole: string
  readonly bare: string
  readonly handle: UpgradeHandler
}

/** Several apps may share a server: the claim whose whole path it is comes first. */
const claimed = new WeakMap<Server, { claims: Set<Claim>; undo(): void }>()

/**
 * Takes the upgrades of one path ahead of every other listener of the server, whenever that was added; all others pass
 * untouched. Adding a polite listener instead fails beside @fastify/websocket (404) and beside another
 * WebSocketServer (400), for theirs answer what they do not know.
 *
 * Returns what undoes it.
 */
export function claimUpgrades(
  server: Server,
  { basePath, path, unclaimedMs }: ClaimOptions,
  handle: UpgradeHandler,
): () => void {
  const claim = { whole: basePath + path, bare: path, handle }
  if (!claimed.has(server)) claimed.set(server, takeUpgrades(server, unclaimedMs))
  const { claims, undo } = claimed.get(server) as NonNullable<ReturnType<typeof claimed.get>>
  claims.add(claim)
  return () => {
    claims.delete(claim)
    if (claims.size > 0 || !claimed.delete(server)) return
    undo()
  }
}

function takeUpgrades(server: Server, unclaimedMs: number) {
  const claims = new Set<Claim>()
  const { emit } = server
  const claiming = function (this: Server, event: string | symbol, ...args: any[]): boolean {
    const found = event === 'upgrade' ? findClaim(claims, args[0]?.url) : undefined
    if (found === undefined) return Reflect.apply(emit, this, [event, ...args])
    const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer]
    found.claim.handle(request, socket, head, found.stripped)
    return true
  } as typeof server.emit
  server.emit = claiming
  // Without any listener Node emits no `upgrade` at all and answers such requests as plain ones.
  const others = (_request: IncomingMessage, socket: Duplex) => {
    // A reset while it waits or is refused would otherwise be an unhandled error, which ends the process.
    socket.on('error', () => socket.destroy())
    endUnclaimed(server, socket, unclaimedMs)
  }
  server.on('upgrade', others)
  return {
    claims,
    undo() {
      server.off('upgrade', others)
      if (server.emit === claiming) server.emit = emit
    },
  }
}

function findClaim(claims: Set<Claim>, url = ''): { claim: Claim; stripped: boolean } | undefined {
  const path = url.split('?', 1)[0]
  let stripped: Claim | undefined
  for (const claim of claims) {
    if (claim.whole === path) return { claim, stripped: false }
    if (claim.bare === path) stripped = claim
  }
  return stripped && { claim: stripped, stripped: true }
}

/** Alone with an upgrade that is not ours: nobody else will answer it. */
function endUnclaimed(server: Server, socket: Duplex & { bytesWritten?: number }, unclaimedMs: number): void {
  if (server.listenerCount('upgrade') === 1) return refuseUpgrade(socket, 404, 'Nothing listens here.')
  setTimeout(() => {
    if (socket.writable && (socket.bytesWritten ?? 0) === 0) socket.destroy()
  }, unclaimedMs).unref()
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
