import { connected, settled } from '../../client/playwright.ts'
import { chromiumArgs, findChromium } from '../../scripts/chromium.mjs'
import { expect, onEachHost, test } from '../support/gallery.ts'

const executablePath = findChromium()

// Playwright turns the back/forward cache off.
test.use({
  launchOptions: {
    ...(executablePath && { executablePath }),
    args: chromiumArgs,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
})

onEachHost(() => {
  test('Back brings the page as it was left, connected again', async ({ page }) => {
    await page.goto('/counter')
    await connected(page)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await page.evaluate(() => {
      document.documentElement.dataset.mine = 'kept'
      addEventListener('pageshow', ({ persisted }) => (document.documentElement.dataset.persisted = String(persisted)))
    })
    await page.getByRole('navigation').getByRole('link', { name: 'Todos' }).click()
    await connected(page)
    await page.evaluate(() => history.back())
    await page.locator('html[data-mine=kept][data-persisted=true]').waitFor()
    await connected(page)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText('2')
  })
})
