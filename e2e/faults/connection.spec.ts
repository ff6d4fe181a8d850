import type { Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, test } from '../support/faults.ts'

for (const host of ['patella', 'express'] as const) {
  test.describe(host, () => {
    test.use({ host })

    test.beforeEach(async ({ page }) => {
      await page.goto('/counter')
      await connected(page)
    })

    test('a slow connection, 200 ms each way: clicks wait in line and each counts', async ({ page, wire }) => {
      wire.delay = 200
      for (let click = 0; click < 5; click++) await plus(page).click()
      await expect(plus(page)).toHaveAttribute('aria-busy', 'true')
      await settled(page)
      await expect(page.locator('#count')).toHaveText('5')
      await expect(plus(page)).not.toHaveAttribute('aria-busy')
      await expect(page.locator('.reflex-loading')).toHaveCount(0)
    })

    test('clicks while the connection is cut count once each when it is back', async ({ page, wire }) => {
      wire.down = true
      wire.cut()
      await page.locator('html.patella-disconnected').waitFor()
      await expect(page.locator('.offline').first()).toBeVisible()
      for (let click = 0; click < 3; click++) await plus(page).click()
      await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '3')
      wire.down = false
      await settled(page)
      await expect(page.locator('#count')).toHaveText('3')
      await expect(page.locator('.offline').first()).toBeHidden()
    })

    test('a connection that went dead without a word is noticed, and the click counts once', async ({ page, wire }) => {
      wire.blackhole = true
      const ended = reflex(page, 'counter#increment', () => plus(page).click())
      await page.locator('html:not(.patella-connected)').waitFor({ timeout: 20_000 })
      wire.cut()
      wire.blackhole = false
      expect(await ended).toMatchObject({ status: 'ok' })
      await settled(page)
      await expect(page.locator('#count')).toHaveText('1')
    })

    test('the server is restarted under the page: a click in between counts, and the session is kept', async ({
      page,
      server,
    }) => {
      await plus(page).click()
      await settled(page)
      await server.stop()
      await page.locator('html.patella-disconnected').waitFor()
      await plus(page).click()
      await expect(page.locator('html')).toHaveAttribute('data-patella-pending', '1')
      await server.start()
      await settled(page)
      await expect(page.locator('#count')).toHaveText('2')
      await plus(page).click()
      await settled(page)
      await expect(page.locator('#count')).toHaveText('3')
    })
  })
}

const plus = (page: Page) => page.getByRole('button', { name: '+1' })
