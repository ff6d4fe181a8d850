import { readFileSync } from 'node:fs'
import { expect, type Page, test } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { type Child, startServer } from '../support/child.ts'
import { documented, type Nginx, startNginx } from '../support/nginx.ts'

const server = 'e2e/support/proxied-server.mjs'

test('the block that the documents print is the configuration that is tested', () => {
  const [, block = ''] = /^```nginx\n(.*?)^```/ms.exec(readFileSync('docs/12-deployment.md', 'utf8')) ?? []
  const linesOf = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim().replace(/^#.*/, ''))
      .filter(Boolean)
  const tested = linesOf(documented)
  let at = 0
  for (const line of linesOf(block)) {
    const found = tested.indexOf(line, at)
    expect(found, line).toBeGreaterThanOrEqual(at)
    at = found + 1
  }
  expect(at).toBeGreaterThan(20)
})

test.describe('behind nginx with TLS, as the documents configure it', () => {
  let app: Child
  let nginx: Nginx
  test.use({ ignoreHTTPSErrors: true })
  test.beforeAll(async () => {
    app = await startServer(server, { env: { TRUST: 'loopback' } })
    nginx = await startNginx(documented, app.port)
  })
  test.afterAll(async () => {
    await nginx.stop()
    await app.stop()
  })

  test('a page, a click, and a cookie for https alone', async ({ page, context }) => {
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    await page.goto(nginx.origin)
    await countTwice(page)
    expect(sockets[0]).toMatch(/^wss:/)
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax' })
    await expect(page.locator('#url'), 'also when the page is rendered again').toHaveText(nginx.origin)
    await expect(page.locator('#address')).toHaveText(/^(127\.0\.0\.1|::1)$/)
  })

  test('address, host and scheme are those that nginx tells, not those that the visitor tells', async ({ request }) => {
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' }
    const text = await (await request.get(nginx.origin, { headers: forged })).text()
    expect(text).toContain(`<p id="url">${nginx.origin}</p>`)
    expect(text).not.toContain('203.0.113.9')
  })
})

test('on [::1]', async ({ page }) => {
  const app = await startServer(server, { env: { HOST: '::1' } })
  try {
    await page.goto(`http://[::1]:${app.port}/`)
    await countTwice(page)
    await expect(page.locator('#url')).toHaveText(`http://[::1]:${app.port}`)
    await expect(page.locator('#address')).toHaveText('::1')
  } finally {
    await app.stop()
  }
})

async function countTwice(page: Page): Promise<void> {
  await connected(page)
  for (const count of ['1', '2']) {
    await page.getByRole('button').click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText(count)
  }
}
