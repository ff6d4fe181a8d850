import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export type Direction = 'up' | 'down'

/** A TCP proxy that a test makes slow, cuts, or turns into a black hole. */
export interface TcpProxy {
  readonly port: number
  /** Where connections lead, from the next one on. */
  target: number
  /** Each way, ms; from the next chunk on. */
  delay: number
  /** Connections stay open and nothing goes through. */
  blackhole: boolean
  /** Says what the server seems to answer to what it is sent, which it does not get. */
  answer: ((chunk: Buffer) => string) | undefined
  /** Connections are refused as soon as they are made. */
  down: boolean
  /** Cuts every connection. */
  cut(): void
  /** Cuts every connection once so many bytes more have passed in one direction; the rest of that chunk is lost. */
  cutAfter(bytes: number, direction: Direction): void
  /** How often `cutAfter` has come to pass. */
  cuts: number
  /** Forgets a cut that has not come to pass. */
  disarm(): void
  close(): Promise<void>
}

export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let armed: { direction: Direction; left: number } | undefined
  const server = createServer(accept)

  function accept(client: Socket): void {
    if (proxy.down) return void client.destroy()
    const upstream = connect(proxy.target, '127.0.0.1')
    const pair = [client, upstream]
    for (const socket of pair) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        for (const other of pair) other.destroy()
      })
    }
    client.on('data', (chunk) => (proxy.answer ? client.write(proxy.answer(chunk)) : pass(chunk, upstream, 'up')))
    upstream.on('data', (chunk) => pass(chunk, client, 'down'))
  }

  function pass(chunk: Buffer, to: Socket, direction: Direction): void {
    if (proxy.blackhole) return
    const { delay } = proxy
    const left = armed?.direction === direction ? armed.left : Infinity
    if (armed?.direction === direction) armed.left -= chunk.length
    if (left <= chunk.length) {
      armed = undefined
      proxy.cuts++
      // end(), so that what is before the cut still arrives; connections made in the meantime are not cut.
      const those = [...sockets]
      to.end(chunk.subarray(0, left), () => destroy(those))
    } else if (delay === 0) to.write(chunk)
    else setTimeout(() => to.write(chunk), delay)
  }

  function destroy(these: Iterable<Socket>): void {
    for (const socket of these) socket.destroy()
  }

  const proxy: TcpProxy = {
    port: 0,
    target,
    delay: 0,
    blackhole: false,
    answer: undefined,
    down: false,
    cuts: 0,
    cut() {
      destroy(sockets)
    },
    cutAfter(bytes, direction) {
      armed = { direction, left: bytes }
    },
    disarm() {
      armed = undefined
    },
    async close() {
      proxy.cut()
      server.close()
      await once(server, 'close')
    },
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(proxy, { port: (server.address() as AddressInfo).port })
}
