import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, expect, test, vi } from 'vitest'
import { action, createPatella, defineReflex, type Patella } from '../index.ts'
import { createTab } from './tab.ts'

/** What a middleware around the action saw: `in`, and `out` or the name of what was thrown. */
type Seen = string[]

const complaints = vi.spyOn(console, 'error')
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  expect(complaints.mock.calls.splice(0), 'nobody complains').toEqual([])
})

const reflexes = [
  defineReflex('act', {
    succeed: () => {},
    fail: () => {
      throw new Error('no')
    },
    hang: action({ timeout: 50 }, () => new Promise(() => {})),
    forbidden: action({ authorize: () => false }, () => {}),
    stranger: action({ authorize: () => 'unauthorized' }, () => {}),
  }),
]

/** Hono keeps what is thrown behind it as `error`. */
const around = (seen: Seen) => async (context: { error?: Error }, next: () => Promise<unknown>) => {
  seen.push('in')
  try {
    await next()
    seen.push(context.error?.constructor.name ?? 'out')
  } catch (error) {
    seen.push((error as Error).constructor.name)
    throw error
  }
}

const hosts: Record<string, (patella: Patella, seen: Seen) => Promise<Server>> = {
  async Koa(patella, seen) {
    const app = new Koa()
    app.use(around(seen)).use(patella.koa())
    return createServer(app.callback())
  },
  async Hono(patella, seen) {
    const app = new Hono()
    app.use(around(seen) as never, patella.hono() as never)
    return createServer(getRequestListener(app.fetch))
  },
  async Express(patella, seen) {
    const app = express()
    app.use((_request, response, next) => {
      seen.push('in')
      response
        .once('finish', () => seen.push('out'))
        .once('close', () => response.writableFinished || seen.push('ActionUndone'))
      next()
    })
    return createServer(app.use(patella.express()))
  },
}

test.each(Object.entries(hosts))(
  "%s's middleware around an action ends with it, whatever becomes of it",
  async (_, make) => {
    const seen: Seen = []
    const patella = createPatella({ secret: 'x'.repeat(32), logger: false, reflexes, use: 'host' })
    patella.page('/page', () => '<main data-reflex-root></main>')
    const server = await make(patella, seen)
    patella.attach(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ends.push(() => new Promise((resolve) => void server.close(resolve)))
    const tab = createTab(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    ends.unshift(() => tab.close())
    await tab.fetch('/page')
    await tab.connect()
    for (const [name, status, end] of [
      ['fail', 'error', 'ActionUndone'],
      ['hang', 'timeout', 'ActionUndone'],
      ['forbidden', 'forbidden', 'ActionUndone'],
      ['stranger', 'unauthorized', 'ActionUndone'],
    ]) {
      seen.length = 0
      expect((await tab.send(`act#${name}`))[1]).toBe(status)
      await expect.poll(() => seen).toEqual(['in', end])
    }
    seen.length = 0
    expect((await tab.send('act#succeed', { url: '/page' }))[1]).toEqual(expect.any(Array))
    expect(seen.slice(0, 2)).toEqual(['in', 'out'])
  },
)
