import { randomBytes } from 'node:crypto'
import { request as send } from 'node:http'
import { WebSocket } from 'ws'
import {
  type Frame,
  protocolVersion,
  type RequestMore,
  reflexIdentifier,
  type WireElement,
} from '../../protocol/messages.ts'
import { CookieJar } from './conformance/cookie-jar.ts'

/**
 * A browser tab for conformance suites: cookies, plain requests, and the cable spoken by hand, one frame at a time, so
 * that a suite sees what really travels.
 */
export interface Tab {
  /** The secret that it shares with the server. */
  readonly id: string
  /** Scheme and host that the browser shows. */
  readonly origin: string
  readonly cookies: CookieJar
  /** A plain request with the tab's cookies, to a path behind the base path; redirects are not followed. */
  fetch(path: string, init?: PlainInit): Promise<Response>
  /** Opens the cable and subscribes; asks for a cookie first where the welcome says there is none. */
  connect(): Promise<void>
  /** Sends a request and resolves with its reply, progress apart. The URL travels with each, to keep tests short. */
  send(target: string, options?: SendOptions): Promise<any[]>
  /** The quiet request of PROTOCOL.md, section 6. */
  quiet(body: object): Promise<Response>
  /** The next frame of this type that the cable receives. */
  next(type: string): Promise<any>
  /** Everything that the cable received. */
  readonly frames: Frame[]
  close(): void
}

export interface TabOptions {
  /** What is before every path of the app, as the browser sees it. Default ''. */
  base?: string
  /** Where Patella's own routes are, behind that. Default `/patella`. */
  path?: string
  /** Scheme and host in the address bar, where they are not those of the connection: `https://shop.example.test`. */
  origin?: string
  /** Sent with every request and the upgrade: what a proxy adds. */
  headers?: Readonly<Record<string, string>>
  cookies?: CookieJar
  /** It reads patches that are written against what it has. */
  deltas?: boolean
}

export interface PlainInit {
  method?: string
  headers?: Readonly<Record<string, string>>
  body?: string
  signal?: AbortSignal
}

export interface SendOptions {
  /** Path and query of the page, behind the base path. Default `/page`. */
  url?: string
  n?: number
  element?: WireElement
  args?: unknown[]
  more?: RequestMore
}

interface Expected {
  wanted(frame: any): boolean
  resolve(frame: Frame): void
  reject(error: Error): void
}

/** `server`: the address of the connection, `http://127.0.0.1:PORT`. */
export function createTab(server: string, options: TabOptions = {}): Tab {
  const { base = '', path = '/patella', origin = server, headers = {} } = options
  const { cookies = new CookieJar(), deltas = false } = options
  const id = randomBytes(16).toString('base64url')
  const { host, hostname } = new URL(origin)
  const frames: Frame[] = []
  const waiting = new Set<Expected>()
  let socket: WebSocket | undefined
  let last = 0

  function nextFrame(wanted: (frame: any) => boolean): Promise<any> {
    return new Promise((resolve, reject) => waiting.add({ wanted, resolve, reject }))
  }

  function settle(frame: Frame): void {
    for (const awaited of [...waiting]) {
      if (!awaited.wanted(frame)) continue
      waiting.delete(awaited)
      awaited.resolve(frame)
    }
  }

  async function open(): Promise<any> {
    const cable = `${base}${path}/cable`
    socket = new WebSocket(
      `${server.replace(/^http/, 'ws')}${cable}?v=${protocolVersion}&t=${id}${deltas ? '&d=1' : ''}`,
      ['actioncable-v1-ext-json'],
      {
        origin,
        headers: { host, 'accept-language': 'fr-CA', ...headers, ...cookieFor(cable) },
      },
    )
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data))
      if (frame.type === 'ping') return socket?.send('{"command":"pong"}')
      frames.push(frame)
      settle(frame)
    })
    socket.on('close', (code) => {
      const error = new Error(`the cable closed with ${code} after ${JSON.stringify(frames.at(-1))}`)
      for (const { reject } of waiting) reject(error)
      waiting.clear()
    })
    const welcome = nextFrame(({ type }) => type === 'welcome' || type === 'disconnect')
    await new Promise((resolve, reject) => {
      socket?.once('open', resolve)
      socket?.once('error', reject)
    })
    return welcome
  }

  function cookieFor(to: string): { cookie?: string } {
    const cookie = cookies.header({ host: hostname, path: to })
    return cookie === '' ? {} : { cookie }
  }

  const tab: Tab = {
    id,
    origin,
    cookies,
    frames,
    async fetch(to, init = {}) {
      const [where = ''] = (base + to).split('?', 1)
      const answer = await plain(server + base + to, {
        ...init,
        headers: { host, ...cookieFor(where), ...headers, ...init.headers },
      })
      cookies.store(answer.headers.getSetCookie(), { host: hostname, path: where })
      return answer
    },
    async connect() {
      tab.close()
      const welcome = await open()
      if (welcome.patella?.cookie === false) {
        tab.close()
        await tab.quiet({})
        await open()
      }
      const confirmed = nextFrame(({ type }) => type === 'confirm_subscription')
      socket?.send(JSON.stringify({ command: 'subscribe', identifier: reflexIdentifier }))
      await confirmed
    },
    async send(target, { url = '/page', n = ++last, element, args = [], more = {} } = {}) {
      const data = JSON.stringify([n, target, element ?? 0, args, { u: base + url, ...more }])
      const reply = nextFrame(({ message }) => message?.[0] === n && message[1] !== 'accepted')
      socket?.send(JSON.stringify({ command: 'message', identifier: reflexIdentifier, data }))
      return (await reply).message
    },
    quiet(body) {
      const headers = { origin, 'content-type': 'application/json' }
      return tab.fetch(`${path}/session`, { method: 'POST', headers, body: JSON.stringify(body) })
    },
    next: (type) => nextFrame((frame) => frame.type === type),
    close() {
      socket?.removeAllListeners()
      socket?.terminate()
      socket = undefined
    },
  }
  return tab
}

/**
 * `fetch` cannot send a Host of one's own, and decodes what a suite wants to see. Each request has a connection of its own:
 * a kept one may be cut in the moment it is used, which a browser would try again.
 */
function plain(url: string, { method = 'GET', headers, body, signal }: PlainInit): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, method, ...(headers && { headers }), ...(signal && { signal }) }
    const request = send(url, options, async (incoming) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of incoming) chunks.push(chunk)
        const { statusCode: status = 0, rawHeaders } = incoming
        const answered = new Headers()
        for (let at = 0; at < rawHeaders.length; at += 2)
          answered.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
        const empty = status === 204 || status === 304
        resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers: answered }))
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject).end(body)
  })
}
