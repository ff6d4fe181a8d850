import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createPatella } from '../index.ts'

const secret = 'x'.repeat(32)

async function listening(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The status of an upgrade: 426 when nobody took it. */
function upgrade(at: string, origin: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(`ws://${at}/patella/cable`, 'actioncable-v1-ext-json', { origin, headers })
  return new Promise((resolve) => {
    // What `terminate` says of a connection that was refused.
    socket.on('open', () => resolve(101)).on('error', () => {})
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  }).finally(() => socket.terminate()) as Promise<number>
}

test('a host whose middleware answers for Patella at first is asked again how far it trusts its proxy', async () => {
  const patella = createPatella({ secret, logger: false })
  const app = express().set('trust proxy', 'loopback')
  let ready = false
  app.use((_request, response, next) => (ready ? next() : void response.sendStatus(503)), patella.express())
  const server = createServer(app)
  patella.attach(server)
  const at = await listening(server)
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.test' }
  expect(await upgrade(at, 'https://shop.test', proxied)).toBe(403)
  ready = true
  expect(await upgrade(at, 'https://shop.test', proxied)).toBe(101)
})

test('a server that was let go is not found again by its next request', async () => {
  const patella = createPatella({ secret, logger: false })
  patella.page('/page', () => '<main data-reflex-root></main>')
  const server = createServer(express().use(patella.express()))
  const at = await listening(server)
  const letGo = patella.attach(server)
  expect(await upgrade(at, `http://${at}`)).toBe(101)
  letGo()
  expect((await fetch(`http://${at}/page`)).status).toBe(200)
  expect(await upgrade(at, `http://${at}`)).toBe(426)
  patella.attach(server)
  expect(await upgrade(at, `http://${at}`)).toBe(101)
  await patella.close()
})
