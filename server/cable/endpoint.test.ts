import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { PatellaError } from '../../protocol/errors.ts'
import { limits as defaults, type Limits } from '../../protocol/limits.ts'
import { reflexIdentifier } from '../../protocol/messages.ts'
import type { Channel } from './channel.ts'
import { claimUpgrades } from './claim.ts'
import { createEndpoint, type Endpoint } from './endpoint.ts'

const echo: Channel = {
  subscribed: () => true,
  async received(subscription, data) {
    await new Promise((resolve) => setImmediate(resolve))
    subscription.send(JSON.stringify(data.length > 100 ? data.length : data))
    return true
  },
  refused: () => true,
  unsubscribed: () => {},
}

let server: Server
let endpoint: Endpoint

async function start(limits: Partial<Limits> = {}, channel: Partial<Channel> = {}): Promise<number> {
  const silence = () => {}
  endpoint = createEndpoint({
    channels: new Map([['P', () => ({ ...echo, ...channel })]]),
    limits: { ...defaults, ...limits },
    origins: [],
    logger: { debug: silence, info: silence, warn: silence, error: silence },
    boot: undefined,
    identify: (request) => ({
      sid: request.headers.cookie,
      cookie: undefined,
      scheme: 'http',
      host: String(request.headers.host),
      address: undefined,
      language: undefined,
      userAgent: undefined,
    }),
    nameOf: (sid) => `name of ${sid}`,
    refused: () => new PatellaError('origin_refused'),
  })
  server = createServer()
  claimUpgrades(server, { basePath: '', path: '/cable', unclaimedMs: 1_000 }, (request, socket, head) =>
    endpoint.upgrade(request, socket, head, { app: undefined, stripped: false }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

afterEach(async () => {
  await endpoint.close()
  server.closeAllConnections()
  server.close()
})

interface Client {
  readonly socket: WebSocket
  readonly frames: any[]
  next(type: string): Promise<any>
  closed: Promise<number>
}

function open(port: number, { tab = '', cookie = 'sid', protocols = ['actioncable-v1-ext-json'] } = {}): Client {
  const headers = { cookie }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/cable?t=${tab}`, protocols, {
    origin: `http://127.0.0.1:${port}`,
    headers,
  })
  const frames: any[] = []
  const waiting = new Map<string, (frame: any) => void>()
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data))
    frames.push(frame)
    waiting.get(frame.type ?? 'message')?.(frame)
  })
  socket.on('error', () => {})
  return {
    socket,
    frames,
    next: (type) => new Promise((resolve) => waiting.set(type, resolve)),
    closed: new Promise((resolve) => socket.on('close', resolve)),
  }
}

async function joined(port: number, options = {}): Promise<Client> {
  const client = open(port, options)
  await client.next('welcome')
  client.socket.send(JSON.stringify({ command: 'subscribe', identifier: reflexIdentifier }))
  await client.next('confirm_subscription')
  return client
}

const say = (client: Client, data: string) =>
  client.socket.send(JSON.stringify({ command: 'message', identifier: reflexIdentifier, data }))

describe('endpoint', () => {
  it('prefers the extended protocol, takes the plain one, and serves a client that offers neither', async () => {
    const port = await start()
    const offers = [
      ['actioncable-v1-json', 'actioncable-v1-ext-json'],
      ['actioncable-v1-json', 'actioncable-unsupported'],
      [],
    ]
    const chosen = []
    for (const protocols of offers) {
      const client = open(port, { protocols })
      await client.next('welcome')
      chosen.push(client.socket.protocol)
    }
    expect(chosen).toEqual(['actioncable-v1-ext-json', 'actioncable-v1-json', ''])
  })

  it('closes on binary frames, on frames that are too large, and on fragments that add up to one', async () => {
    const port = await start({ frame: 1_000 })
    const binary = await joined(port)
    binary.socket.send(Buffer.from('{}'))
    expect(await binary.closed).toBe(1003)
    const large = await joined(port)
    large.socket.send('x'.repeat(1_001))
    expect(await large.closed).toBe(1009)
    const parts = await joined(port)
    for (let i = 0; i < 11; i++) parts.socket.send('x'.repeat(100), { fin: false })
    expect(await parts.closed).toBe(1009)
  })

  it('refuses connections past its limit with a time to come back', async () => {
    const port = await start({ connections: 1 })
    await joined(port)
    const status = await new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/cable`, { origin: `http://127.0.0.1:${port}` })
      socket.on('unexpected-response', (_request, { statusCode, headers }) =>
        resolve([statusCode, headers['retry-after']]),
      )
      socket.on('error', () => {})
    })
    expect(status).toEqual([503, '1'])
  })

  it('keeps one connection per tab: the newer one', async () => {
    const port = await start()
    const tab = 'A'.repeat(22)
    const older = await joined(port, { tab })
    const newer = await joined(port, { tab })
    await older.closed
    expect(older.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'replaced', reconnect: false })
    say(newer, 'still here')
    expect((await newer.next('message')).message).toBe('still here')
    expect(endpoint.size).toBe(1)
  })

  it('cuts the tabs of a dead session, but the one that ended it', async () => {
    const port = await start()
    const mine = await joined(port, { tab: 'A'.repeat(22), cookie: 'dead' })
    const other = await joined(port, { tab: 'B'.repeat(22), cookie: 'dead' })
    const stranger = await joined(port, { tab: 'C'.repeat(22), cookie: 'alive' })
    endpoint.cut('name of dead', 'A'.repeat(22))
    await other.closed
    expect(other.frames.at(-1)).toEqual({ type: 'disconnect', reason: 'session_changed', reconnect: true })
    for (const client of [mine, stranger]) {
      say(client, 'here')
      expect((await client.next('message')).message).toBe('here')
    }
  })

  it('cuts a reader that stops reading, at a bounded number of bytes', async () => {
    let sent = 0
    const port = await start(
      { outbound: 100_000, rate: 1e6, burst: 1e6, pending: 1e6 },
      {
        async received(subscription) {
          await new Promise((resolve) => setImmediate(resolve))
          sent += 50_000
          subscription.send(JSON.stringify('x'.repeat(50_000)))
          return true
        },
      },
    )
    const client = await joined(port)
    const underlying = (client.socket as unknown as { _socket: Socket })._socket
    underlying.pause()
    const gone = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (endpoint.size > 0) return
        clearInterval(look)
        resolve()
      }, 5)
    })
    for (let i = 0; i < 2_000; i++) say(client, 'more')
    await gone
    // What the two kernels' buffers take comes on top of the limit.
    expect(sent).toBeLessThan(20_000_000)
    client.socket.terminate()
  })

  it('survives sockets that are reset at any time', async () => {
    const port = await start()
    const resets = Array.from({ length: 20 }, async (_, i) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('connect', resolve))
      const upgrade =
        `GET /cable HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
      socket.write(upgrade.slice(0, i * 12))
      socket.resetAndDestroy()
    })
    await Promise.all(resets)
    say(await joined(port), 'alive')
  })

  it('survives upgrades that are nobody’s and are reset before they are answered', async () => {
    const port = await start()
    for (let i = 0; i < 40; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write('GET /nobody HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      socket.resetAndDestroy()
    }
    const client = await joined(port)
    say(client, 'alive')
    expect((await client.next('message')).message).toBe('alive')
  })

  it('drains: finishes what runs, answers it, tells tabs to come back, refuses new ones', async () => {
    let finish: (() => void) | undefined
    let began: (() => void) | undefined
    const running = new Promise<void>((resolve) => {
      began = resolve
    })
    const port = await start(
      {},
      {
        async received(subscription, data) {
          began?.()
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          subscription.send(JSON.stringify(data))
          return true
        },
      },
    )
    const client = await joined(port)
    say(client, 'slow')
    await running
    const closed = endpoint.close()
    const refused = open(port)
    const status = new Promise((resolve) =>
      refused.socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode)),
    )
    expect(await status).toBe(503)
    finish?.()
    await closed
    expect(await client.closed).toBe(1012)
    expect(client.frames.slice(-2)).toEqual([
      { identifier: reflexIdentifier, message: 'slow' },
      { type: 'disconnect', reason: 'server_restart', reconnect: true },
    ])
  })

  it('answers malformed upgrades with an HTTP error', async () => {
    const port = await start()
    for (const [header, value] of [
      ['Sec-WebSocket-Version', '7'],
      ['Sec-WebSocket-Key', 'short'],
      ['Upgrade', 'h2c'],
    ]) {
      const headers: Record<string, string> = {
        Host: `127.0.0.1:${port}`,
        Origin: `http://127.0.0.1:${port}`,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        [header as string]: value as string,
      }
      const socket = connect(port, '127.0.0.1')
      const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`)
      socket.write(`GET /cable HTTP/1.1\r\n${lines.join('')}\r\n`)
      const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))))
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
      socket.destroy()
    }
  })
})
