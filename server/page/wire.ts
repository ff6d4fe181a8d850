import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/**
 * The end of a connection that is none: what a response sends to it is gone at once, and nothing ever comes from it.
 * Node's own request and response run on it as on any socket, with their events, callbacks and errors.
 */
export function createWire(scheme: 'http' | 'https', address: string | undefined): Socket {
  // Never full: it is the HTTP server, which is not there, that tells a response of a socket's `drain`.
  const wire = new Wire({ decodeStrings: false, writableHighWaterMark: Number.MAX_SAFE_INTEGER })
  // Destroying a request hands its reason to the socket, where an `error` that nobody hears ends the process.
  wire.on('error', () => undefined)
  return Object.assign(wire, { encrypted: scheme === 'https', remoteAddress: address }) as unknown as Socket
}

class Wire extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done()
  }

  override _writev(_chunks: unknown, done: () => void): void {
    done()
  }

  // What else Node and middleware call on a net.Socket.

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  address(): object {
    return {}
  }
}
