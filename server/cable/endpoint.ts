import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { isAllowedOrigin, type Origins } from '../../protocol/origin.ts'
import { closeCodes, type Subprotocol, subprotocols } from '../../protocol/status.ts'
import type { Caller } from '../reflex/caller.ts'
import type { Logger } from '../reflex/logger.ts'
import type { Channels, Client } from './channel.ts'
import { refuseUpgrade } from './claim.ts'
import { Connection, type Transport } from './connection.ts'
import { createHeartbeat } from './heartbeat.ts'

export interface EndpointOptions {
  readonly channels: Channels
  readonly limits: Limits
  readonly origins: Origins
  readonly logger: Logger
  readonly boot: string | undefined
  /** Who asks for the upgrade: the session's id from the cookie, scheme and host as the browser names them. */
  readonly identify: (request: IncomingMessage, app: Caller['app']) => Omit<Client, 'tab'>
}

/** The embedded WebSocket endpoint. */
export interface Endpoint {
  /** Takes over an upgrade of the cable's path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, app: Caller['app']): void
  /**
   * Sends away the connections that speak for a session id that died: they come back with the browser's present
   * cookie. The tab that ended it is spared, for it awaits its answer.
   */
  cut(sid: string, exceptTab: string | undefined): void
  /** Connections open now. */
  readonly size: number
  /** Stops accepting, finishes what runs, tells the tabs to come back. Idempotent. */
  close(): Promise<void>
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  const { limits, logger, origins } = options
  const connections = new Set<Connection>()
  const byTab = new Map<string, Connection>()
  const heartbeat = createHeartbeat(limits)
  const refusedOrigins = new Set<string>()
  let closing: Promise<void> | undefined
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.frame,
    perMessageDeflate: false,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  })

  function accept(socket: WebSocket, client: Client, version: number | undefined): void {
    const subprotocol = (socket.protocol || 'actioncable-v1-json') as Subprotocol
    const transport = transportOf(socket)
    const connection = new Connection({ ...options, transport, client, version, subprotocol })
    connections.add(connection)
    heartbeat.add(connection)
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(closeCodes.unsupportedData, 'text frames only')
      else connection.receive(String(data))
    })
    socket.on('pong', () => connection.heard())
    // Protocol violations and resets: `close` follows.
    socket.on('error', (error) => logger.debug(`patella: a connection failed: ${error.message}`))
    socket.on('close', () => {
      connection.closed()
      connections.delete(connection)
      heartbeat.remove(connection)
      if (byTab.get(client.tab) === connection) byTab.delete(client.tab)
    })
    if (client.tab !== '') {
      // One tab, one connection: the older one is what a cut left behind.
      byTab.get(client.tab)?.disconnect('replaced')
      byTab.set(client.tab, connection)
    }
    connection.open()
  }

  function originRefused(origin: string, host: string): void {
    const key = `${origin} ${host}`
    if (refusedOrigins.has(key) || refusedOrigins.size >= 100) return
    refusedOrigins.add(key)
    const { message } = new PatellaError('origin_refused', { origin: JSON.stringify(origin.slice(0, 256)), host })
    logger.warn(`patella: ${message}`)
  }

  return {
    upgrade(request, socket, head, app) {
      // Before anything else: a reset now would otherwise be an unhandled error that ends the process.
      socket.on('error', () => socket.destroy())
      const client = options.identify(request, app)
      const origin = singleOrigin(request)
      if (!isAllowedOrigin(origin, `${client.scheme}://${client.host}`, origins)) {
        originRefused(origin ?? 'no origin', client.host)
        return refuseUpgrade(socket, 403, 'origin_refused')
      }
      if (closing) return refuseUpgrade(socket, 503, 'server_closing')
      if (connections.size >= limits.connections) return refuseUpgrade(socket, 503, 'connection_limit')
      const query = new URLSearchParams(request.url?.split('?')[1])
      const version = query.has('v') ? Number(query.get('v')) : undefined
      server.handleUpgrade(request, socket, head, (websocket) =>
        accept(websocket, { ...client, tab: tabOf(query) }, version),
      )
    },
    cut(sid, exceptTab) {
      for (const connection of [...connections]) {
        const { client } = connection
        if (client.sid === sid && client.tab !== exceptTab) connection.disconnect('session_changed')
      }
    },
    get size() {
      return connections.size
    },
    close() {
      closing ??= drain(connections, limits.drain)
      return closing
    },
  }
}

async function drain(connections: Set<Connection>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms).unref()))
  await Promise.race([Promise.all([...connections].map((connection) => connection.drain())), late])
  clearTimeout(timer)
  for (const connection of [...connections]) connection.disconnect('server_restart')
}

function transportOf(socket: WebSocket): Transport {
  return {
    send: (text) => socket.send(text),
    close(code, reason) {
      socket.close(code, reason)
      // A client that is gone or does not read answers no close frame.
      setTimeout(() => socket.terminate(), 2_000).unref()
    },
    ping: () => socket.ping(),
    get buffered() {
      return socket.bufferedAmount
    },
  }
}

/** 16 random bytes in base64url; '' where there are none, as with clients that use no reflexes. */
function tabOf(query: URLSearchParams): string {
  const tab = query.get('t') ?? ''
  return /^[\w-]{22}$/.test(tab) ? tab : ''
}

/** The Origin header; undefined when there is none or more than one. */
function singleOrigin(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct.origin
  return values?.length === 1 ? values[0] : undefined
}
