import { expect, test } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { startServer } from '../support/child.ts'

for (const store of ['memory', 'redis', 'memcached', 'postgres', 'mariadb', 'sqlite', 'express-session']) {
  test(`STORE=${store} npm start: the counter counts, and a reload shows it`, async ({ page }) => {
    const gallery = await startServer('scripts/start.mjs', { env: { STORE: store } })
    await page.goto(`http://localhost:${gallery.port}/counter`)
    await connected(page)
    for (let n = 0; n < 3; n++) await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText('3')
    await page.reload()
    await expect(page.locator('#count')).toHaveText('3')
    expect(await gallery.stop()).toBe(0)
  })
}
