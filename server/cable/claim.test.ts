import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { claimUpgrades } from './claim.ts'

const closing: (() => unknown)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const close of closing.splice(0).reverse()) close()
})

async function serve(unclaimedMs: number): Promise<{ server: Server; port: number }> {
  const server = createServer()
  claimUpgrades(server, { basePath: '', path: '/patella/cable', unclaimedMs }, (_request, socket) => socket.destroy())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closing.push(() => server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

it('another server may take its time to decide whom it lets in', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const { server, port } = await serve(10_000)
  let decide = (_allowed: boolean) => {}
  const asked = new Promise<void>((resolve) => {
    const verifyClient = (_info: unknown, allow: (allowed: boolean) => void) => {
      decide = allow
      resolve()
    }
    const echo = new WebSocketServer({ server, path: '/echo', verifyClient })
    closing.push(() => echo.close())
  })
  const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`)
  closing.push(() => socket.terminate())
  await asked
  vi.advanceTimersByTime(9_000)
  decide(true)
  await once(socket, 'open')
})

it('an upgrade that nobody answers is ended', async () => {
  const { server, port } = await serve(20)
  server.on('upgrade', () => {})
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /nobody HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(socket.resume(), 'close')
})
