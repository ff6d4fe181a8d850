import { randomBytes } from 'node:crypto'
import { WebSocket } from 'ws'
import {
  type Frame,
  protocolVersion,
  type RequestMore,
  reflexIdentifier,
  type WireElement,
} from '../../protocol/messages.ts'

/**
 * A browser tab for conformance suites: cookies, plain requests, and the cable spoken by hand, one frame at a time, so
 * that a suite sees what really travels.
 */
export interface Tab {
  /** The secret that it shares with the server. */
  readonly id: string
  readonly cookies: Map<string, string>
  /** A plain request with the tab's cookies; redirects are not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Opens the cable and subscribes; asks for a cookie first where the welcome says there is none. */
  connect(): Promise<void>
  /** Sends a request and resolves with its reply, progress apart. The URL travels with each, to keep tests short. */
  send(target: string, options?: SendOptions): Promise<any[]>
  /** The quiet request of PROTOCOL.md, section 6. */
  quiet(body: object): Promise<Response>
  /** Everything that the cable received. */
  readonly frames: Frame[]
  close(): void
}

export interface SendOptions {
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

export function createTab(origin: string, { path = '/patella' }: { path?: string } = {}): Tab {
  const id = randomBytes(16).toString('base64url')
  const cookies = new Map<string, string>()
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
    const url = `${origin.replace(/^http/, 'ws')}${path}/cable?v=${protocolVersion}&t=${id}`
    socket = new WebSocket(url, ['actioncable-v1-ext-json'], {
      origin,
      headers: { cookie: cookieHeader(), 'accept-language': 'fr-CA' },
    })
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

  function cookieHeader(): string {
    return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  const tab: Tab = {
    id,
    cookies,
    frames,
    async fetch(to, init = {}) {
      const headers = new Headers(init.headers)
      if (cookies.size > 0) headers.set('cookie', cookieHeader())
      const response = await fetch(origin + to, { redirect: 'manual', ...init, headers })
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
      }
      return response
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
      const data = JSON.stringify([n, target, element ?? 0, args, { u: url, ...more }])
      const reply = nextFrame(({ message }) => message?.[0] === n && message[1] !== 'accepted')
      socket?.send(JSON.stringify({ command: 'message', identifier: reflexIdentifier, data }))
      return (await reply).message
    },
    quiet(body) {
      const headers = { origin, 'content-type': 'application/json' }
      return tab.fetch(`${path}/session`, { method: 'POST', headers, body: JSON.stringify(body) })
    },
    close() {
      socket?.removeAllListeners()
      socket?.terminate()
      socket = undefined
    },
  }
  return tab
}
