import { expect, test } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { startHangServer } from '../support/hang-server.ts'
import { createRandom } from '../support/random.ts'

const rounds = process.env.PATELLA_FULL ? 200 : 20

/**
 * A login is a request, its reply, the quiet request that brings the cookie, and a new connection. Downwards the cuts
 * end with the reply: over plain http Chromium takes a response whose head was cut short, Set-Cookie and all, for a whole
 * one. Over https it does not.
 */
const reach = { up: 1_500, down: 300 }

test(`the connection is cut in the midst of a login, ${rounds} times: each counts once, the cookie follows`, async ({
  page,
  context,
}) => {
  test.setTimeout(rounds * 5_000)
  const { seed, below } = createRandom(process.env.PATELLA_SEED)
  process.stdout.write(`logins: PATELLA_SEED=${seed}\n`)
  const { url, wire, close } = await startHangServer()
  await page.goto(url)
  await connected(page)
  const seen = new Set<string>()
  for (let round = 1; round <= rounds; round++) {
    const direction = below(2) === 0 ? 'up' : 'down'
    const bytes = below(reach[direction])
    const at = `round ${round}, cut after ${bytes} bytes ${direction}, PATELLA_SEED=${seed}`
    wire.cutAfter(bytes, direction)
    const { status } = await reflex(page, 'hang#login', () =>
      page.evaluate(() => Patella.stimulate('hang#login').catch(() => {})),
    )
    expect(status, at).toBe('ok')
    await settled(page)
    await expect(page.locator('#logins'), at).toHaveText(String(round))
    const [cookie] = await context.cookies()
    expect(cookie?.httpOnly, at).toBe(true)
    seen.add(cookie?.value as string)
    expect(seen.size, at).toBe(round)
  }
  wire.disarm()
  await page.reload()
  await expect(page.locator('#logins')).toHaveText(String(rounds))
  await close()
})
