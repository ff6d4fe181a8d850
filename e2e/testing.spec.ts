import { randomUUID } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { connected, settled } from '../client/playwright.ts'
import { reset, signIn } from '../client/testing.ts'
import { startRedis } from '../scripts/services/redis.mjs'
import type { Service } from '../scripts/services/service.mjs'
import { type Child, hosts, startServer } from './support/child.ts'

const secret = { SESSION_SECRET: 's'.repeat(32) }

test.describe('patella/testing', () => {
  test.describe.configure({ mode: 'default' })
  let redis: Service
  let app: Child
  test.beforeAll(async () => {
    process.env.PATELLA_TESTING = randomUUID()
    redis = await startRedis()
    app = await startServer(hosts.express, { env: { ...secret, STORE: 'redis', REDIS_URL: redis.url } })
  })
  test.afterAll(async () => {
    await app.stop()
    await redis.stop()
    delete process.env.PATELLA_TESTING
  })

  test('signIn makes a session and gives the browser its cookie; reset ends it', async ({ browser }) => {
    const url = `http://localhost:${app.port}`
    const context = await browser.newContext({ baseURL: url })
    await signIn(context, { count: 41 })
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ name: '_session', httpOnly: true })
    const page = await context.newPage()
    await page.goto('/counter')
    await expect(page.locator('#count')).toHaveText('41')
    await connected(page)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText('42')

    const other = await browser.newContext()
    await signIn(other, { count: 7 }, { url: `${url}/` })
    const page2 = await other.newPage()
    await page2.goto(`${url}/counter`)
    await expect(page2.locator('#count')).toHaveText('7')

    // Its socket is cut, and it comes back without the session.
    const sentAway = page.waitForEvent('websocket')
    await reset()
    await sentAway
    for (const one of [page, page2]) {
      await one.goto(`${url}/counter`)
      await expect(one.locator('#count')).toHaveText('0')
    }
    await Promise.all([context.close(), other.close()])
    await reset()
  })

  test('says what is wrong', async ({ browser }) => {
    const url = `http://localhost:${app.port}`
    const context = await browser.newContext({ baseURL: url })
    await expect(signIn(context, { id: 1 })).rejects.toThrow(
      '/patella/testing answered 500: Internal Server Error: session_key_reserved',
    )
    await expect(signIn(context, [] as never)).rejects.toThrow('answered 400: request_invalid')
    const token = process.env.PATELLA_TESTING
    process.env.PATELLA_TESTING = randomUUID()
    await expect(signIn(context, {})).rejects.toThrow('started without PATELLA_TESTING, or with another one')
    delete process.env.PATELLA_TESTING
    await expect(signIn(context, {})).rejects.toThrow('PATELLA_TESTING is not set')
    process.env.PATELLA_TESTING = token
    expect(await context.cookies()).toEqual([])
    await context.close()
  })

  test('is not there unless the environment has a token, and refused in production', async ({ request }) => {
    const without = await startServer(hosts.patella, { env: { ...secret, PATELLA_TESTING: '' } })
    for (const authorization of ['', 'Bearer ', 'Bearer undefined']) {
      const answer = await request.post(`http://localhost:${without.port}/patella/testing`, {
        data: {},
        headers: { authorization },
      })
      expect(answer.status()).toBe(404)
    }
    await without.stop()
    await expect(startServer(hosts.patella, { env: { ...secret, NODE_ENV: 'production' } })).rejects.toThrow(
      'PATELLA_TESTING is set in production',
    )
    await expect(startServer(hosts.patella, { env: { ...secret, PATELLA_TESTING: 'short' } })).rejects.toThrow(
      'PATELLA_TESTING takes 16 or more characters',
    )
  })
})
