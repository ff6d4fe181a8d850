import { type Frame, reflexIdentifier, type Welcome } from '../protocol/messages.ts'
import { backoff } from './backoff.ts'
import { limits } from './limits.ts'

export type CableState = 'connecting' | 'connected' | 'disconnected'

export interface CableEvents {
  state(state: CableState): void
  /** A connection stands; what is returned must be done, and the connection made anew, before anything is sent. */
  welcome(welcome: Partial<Welcome>): Promise<boolean> | undefined
  confirmed(): void
  /** The subscription was refused; the cable tries again by itself. */
  rejected(): void
  /** The server wants this client never to come back by itself. */
  refused(reason: string): void
  message(message: unknown): void
}

export interface Cable {
  /** Wants a connection from now on. */
  open(): void
  /** Wants none; true when it wanted one. */
  close(): boolean
  /** Gives up the present connection for a new one, at once. */
  reconnect(): void
  /** Gives up the present connection and makes a new one when the work is done; a little later when it failed (false). */
  suspend(work: Promise<boolean>): void
  /** Gives up a connection that cannot be alive any more. To be called every second. */
  check(): void
  /** As check, and waits no longer with connecting: after sleep, when the network is back. */
  wake(): void
  /** Sends one message; false when it is too large for a frame. */
  send(data: string): boolean
}

/** The socket's maker, in one place for the tools of client.dev.js. */
export const network = {
  connect: (url: string, protocol: string): WebSocket => new WebSocket(url, protocol),
}

/** Welcome and confirmation must come within 5 s each: slow mobile handshakes take 1–2 s. */
const handshake = 5_000

/** One Action Cable connection, kept alive. Offers the extended protocol alone: of both, anycable-go would pick the base one. */
export function createCable(address: () => string, on: CableEvents): Cable {
  let socket: WebSocket | undefined
  let state: CableState = 'disconnected'
  let wanted = false
  let suspended = 0
  let attempt = 0
  /** When the connection counts as dead, unless something is heard before. Wall-clock time, to notice sleep. */
  let deadline = 0
  let stable: ReturnType<typeof setTimeout> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  function connect(): void {
    drop()
    if (!wanted || suspended) return
    deadline = Date.now() + handshake
    set('connecting')
    const opened = network.connect(address(), 'actioncable-v1-ext-json')
    socket = opened
    opened.onmessage = ({ data }) => socket === opened && receive(JSON.parse(data))
    opened.onclose = () => socket === opened && lost()
  }

  function drop(): void {
    clearTimeout(retry)
    clearTimeout(stable)
    const dropped = socket
    socket = undefined
    dropped?.close()
    set('disconnected')
  }

  function lost(): void {
    drop()
    if (wanted && !suspended) retry = setTimeout(connect, backoff(attempt++))
  }

  function set(next: CableState): void {
    if (state === next) return
    state = next
    on.state(next)
  }

  function suspend(work: Promise<boolean>): void {
    suspended++
    drop()
    work.then((done) => {
      suspended--
      if (done) connect()
      else lost()
    })
  }

  /** A frame that is no JSON throws, which the browser reports and the connection survives. */
  function receive(frame: Frame): void {
    // A ping proves nothing about the handshake.
    if (state === 'connected') deadline = Date.now() + limits.silence
    switch (frame.type) {
      case 'welcome': {
        deadline = Date.now() + handshake
        const work = on.welcome(frame.patella ?? {})
        if (work) suspend(work)
        else socket?.send(command('subscribe'))
        return
      }
      case 'ping':
        socket?.send('{"command":"pong"}')
        return
      case 'confirm_subscription':
        if (frame.identifier !== reflexIdentifier || state === 'connected') return
        // A server that confirms and then drops is not well: only a connection that lasts a second begins anew.
        stable = setTimeout(() => {
          attempt = 0
        }, 1_000)
        deadline = Date.now() + limits.silence
        set('connected')
        on.confirmed()
        return
      case 'reject_subscription':
        lost()
        on.rejected()
        return
      case 'disconnect':
        if (frame.reconnect !== false) return lost()
        close()
        on.refused(frame.reason)
        return
      case undefined:
        if (frame.identifier === reflexIdentifier) on.message(frame.message)
    }
  }

  function send(data: string): boolean {
    const text = command('message', data)
    const fits = new Blob([text]).size <= limits.frame
    if (fits) socket?.send(text)
    return fits
  }

  function check(): void {
    const left = deadline - Date.now()
    // More than there can be left: the clock was put back.
    if (socket && (left < 0 || left > limits.silence)) lost()
  }

  function wake(): void {
    check()
    if (!socket) connect()
  }

  function open(): void {
    wanted = true
    wake()
  }

  function close(): boolean {
    const was = wanted
    wanted = false
    drop()
    return was
  }

  return { open, close, reconnect: connect, suspend, check, wake, send }
}

function command(name: 'subscribe' | 'message', data?: string): string {
  return JSON.stringify({ command: name, identifier: reflexIdentifier, data })
}
