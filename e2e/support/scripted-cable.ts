import { createServer, type IncomingMessage, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Frame, reflexIdentifier, type WireReply, type WireRequest } from '../../protocol/messages.ts'

/** A connection as the script of a test plays its server side. */
export interface Connection {
  readonly socket: WebSocket
  readonly url: URL
  /** Sends a frame of the cable. */
  frame(frame: Frame | Record<string, unknown>): void
  /** Sends a reply of the reflex channel. */
  reply(...reply: WireReply): void
  /** The next request that this connection brings, in order. */
  request(): Promise<WireRequest>
  /** How many requests have come that `request()` has not handed out. */
  readonly waiting: number
  /** Pings; resolves with the client's pong, when it has dealt with all that was sent before. */
  ping(): Promise<void>
  /** Resolves when it has been closed. */
  readonly closed: Promise<void>
}

/** A quiet request; `answer` sends its status. */
export interface QuietRequest {
  body: Record<string, unknown>
  answer(status: number): void
}

export interface ScriptedCable {
  readonly origin: string
  /** What the next connections do by themselves. */
  script: { welcome?: Record<string, unknown> | false; confirm?: boolean }
  /** Serves client.dev.js instead of client.js. */
  dev: boolean
  /** The HTML that GET requests get, by path; the client's script is added in front. */
  pages: Map<string, string>
  headers: Record<string, string>
  /** The next connection that is made, in order. */
  connection(): Promise<Connection>
  readonly connections: number
  quiet(): Promise<QuietRequest>
  close(): Promise<void>
}

const bundles = new Map<string, Promise<string>>()

/** An HTTP server that serves pages with the client, and whose cable does what the test says, frame by frame. */
export async function scriptedCable(): Promise<ScriptedCable> {
  const pages = new Map<string, string>()
  const connections = queue<Connection>()
  const quiet = queue<QuietRequest>()
  let made = 0
  const http = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://test')
    if (pathname === '/patella/client.js') {
      response.setHeader('content-type', 'text/javascript')
      return response.end(await clientScript(cable.dev ? 'dev' : 'browser'))
    }
    if (pathname === '/patella/more.js') {
      response.setHeader('content-type', 'text/javascript')
      return response.end(await clientScript('patch/more'))
    }
    if (pathname === '/patella/session') {
      const body = JSON.parse(await text(request))
      return quiet.put({ body, answer: (status) => response.writeHead(status).end() })
    }
    const page = pages.get(pathname)
    for (const [name, value] of Object.entries(cable.headers)) response.setHeader(name, value)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.writeHead(page === undefined ? 404 : 200)
    response.end(`<!doctype html><script src="/patella/client.js" defer></script>${page ?? 'not found'}`)
  })
  const endpoint = new WebSocketServer({ server: http, path: '/patella/cable' })
  endpoint.on('connection', (socket, request) => {
    made++
    connections.put(connect(socket, new URL(request.url ?? '/', 'http://test'), cable.script))
  })
  const cable: ScriptedCable = {
    origin: await listen(http),
    script: {},
    dev: false,
    pages,
    headers: {},
    connection: connections.take,
    get connections() {
      return made
    },
    quiet: quiet.take,
    async close() {
      for (const socket of endpoint.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return cable
}

function connect(socket: WebSocket, url: URL, script: ScriptedCable['script']): Connection {
  const requests = queue<WireRequest>()
  const pongs = queue<void>()
  const frame: Connection['frame'] = (frame) => socket.send(JSON.stringify(frame))
  socket.on('message', (data) => {
    const command = JSON.parse(String(data))
    if (command.command === 'pong') pongs.put()
    if (command.command === 'message') requests.put(JSON.parse(command.data))
    if (command.command === 'subscribe' && script.confirm !== false) {
      frame({ type: 'confirm_subscription', identifier: command.identifier })
    }
  })
  const { welcome = {} } = script
  if (welcome) frame({ type: 'welcome', sid: 'test', patella: { v: 1, cookie: true, ...welcome } })
  return {
    socket,
    url,
    frame,
    reply: (...message) => frame({ identifier: reflexIdentifier, message }),
    request: requests.take,
    ping() {
      frame({ type: 'ping', message: 1 })
      return pongs.take()
    },
    get waiting() {
      return requests.size
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  }
}

function clientScript(entry: 'browser' | 'dev' | 'patch/more'): Promise<string> {
  const bundle = bundles.get(entry) ?? bundleClient(entry)
  bundles.set(entry, bundle)
  return bundle
}

/** What the client fetches by itself is a module, and has no configuration in front. */
async function bundleClient(entry: string): Promise<string> {
  const entryPoint = fileURLToPath(new URL(`../../client/${entry}.ts`, import.meta.url))
  const [format, first] =
    entry === 'patch/more'
      ? (['esm', ''] as const)
      : (['iife', 'self.Patella={"path":"/patella","cable":"/patella/cable"};\n'] as const)
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    format,
    target: 'es2022',
    write: false,
  })
  return `${first}${outputFiles[0]?.text}`
}

function queue<T>() {
  const items: T[] = []
  const takers: ((item: T) => void)[] = []
  return {
    put(item: T): void {
      const taker = takers.shift()
      if (taker) taker(item)
      else items.push(item)
    },
    take: (): Promise<T> =>
      new Promise((resolve) => {
        if (items.length) resolve(items.shift() as T)
        else takers.push(resolve)
      }),
    get size() {
      return items.length
    },
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

async function text(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
