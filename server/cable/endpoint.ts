import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { isAllowedOrigin, type Origins } from '../../protocol/origin.ts'
import { closeCodes, type Subprotocol, subprotocols } from '../../protocol/status.ts'
import type { Caller, Visitor } from '../reflex/caller.ts'
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
  readonly identify: (request: IncomingMessage) => Asker
  /** The name by which `cut` knows a session's id. */
  readonly nameOf: (sid: string) => string
  /** The error for a page of another origin: tells both, and what is missing. */
  readonly refused: (request: IncomingMessage, asker: Asker) => PatellaError
}

type Asker = Visitor & Pick<Caller, 'sid'>

/** By which way a connection came: the app that renders its pages. */
export type Way = Pick<Caller, 'app' | 'stripped'>

/** The embedded WebSocket endpoint. */
export interface Endpoint {
  /** Takes over an upgrade of the cable's path. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, way: Way): void
  /**
   * Sends away the connections that speak for a session id that died, by its name: they come back with the browser's
   * present cookie. The tab that ended it is spared, for it awaits its answer.
   */
  cut(name: string, exceptTab: string | undefined): void
  /** Connections open now. */
  readonly size: number
  /** Finishes what runs on the connections of one app, and tells their tabs to come back. */
  drain(app: Caller['app']): Promise<void>
  /** Stops accepting, and drains all connections. Idempotent. */
  close(): Promise<void>
}

export function createEndpoint(options: EndpointOptions): Endpoint {
  const { limits, logger, origins } = options
  /** With the names of the sessions that they speak for. */
  const connections = new Map<Connection, string | undefined>()
  const byTab = new Map<string, Connection>()
  const heartbeat = createHeartbeat(limits)
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
    connections.set(connection, client.sid === undefined ? undefined : options.nameOf(client.sid))
    heartbeat.add(connection)
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(closeCodes.unsupportedData, 'text frames only')
      else connection.receive(String(data))
    })
    socket.on('pong', () => connection.heard())
    // Protocol violations and resets: `close` follows.
    socket.on('error', (error) => logger.debug(`a connection failed: ${error.message}`))
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

  return {
    upgrade(request, socket, head, way) {
      // Before anything else: a reset now would otherwise be an unhandled error that ends the process.
      socket.on('error', () => socket.destroy())
      const asker = options.identify(request)
      const origin = singleOrigin(request)
      if (!isAllowedOrigin(origin, `${asker.scheme}://${asker.host}`, origins)) {
        const { code, message } = options.refused(request, asker)
        return refuseUpgrade(socket, 403, `${code}: ${message}`)
      }
      if (closing) return refuseUpgrade(socket, 503, 'server_closing')
      if (connections.size >= limits.connections) return refuseUpgrade(socket, 503, 'connection_limit')
      const query = new URLSearchParams(request.url?.split('?')[1])
      const version = query.has('v') ? Number(query.get('v')) : undefined
      server.handleUpgrade(request, socket, head, (websocket) =>
        accept(websocket, { ...asker, ...way, tab: tabOf(query), deltas: query.get('d') === '1' }, version),
      )
    },
    cut(name, exceptTab) {
      for (const [connection, own] of connections)
        if (own === name && connection.client.tab !== exceptTab) connection.disconnect('session_changed')
    },
    get size() {
      return connections.size
    },
    drain: (app) =>
      drain(
        [...connections.keys()].filter(({ client }) => client.app === app),
        limits.drain,
      ),
    close() {
      closing ??= drain(connections.keys(), limits.drain)
      return closing
    },
  }
}

async function drain(connections: Iterable<Connection>, ms: number): Promise<void> {
  const all = [...connections]
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms).unref()))
  await Promise.race([Promise.all(all.map((connection) => connection.drain())), late])
  clearTimeout(timer)
  for (const connection of all) connection.disconnect('server_restart')
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
