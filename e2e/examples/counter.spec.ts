import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, onEachHost, test } from '../support/gallery.ts'

onEachHost(() => {
  test.beforeEach(async ({ page }) => {
    await page.goto('/counter')
    await connected(page)
  })

  test('a page morph counts, and a reload shows the same', async ({ page }) => {
    const count = page.locator('#count')
    await expect(count).toHaveText('0')
    const { status, morph } = await reflex(page, 'counter#increment', () =>
      page.getByRole('button', { name: '+1' }).click(),
    )
    expect({ status, morph }).toEqual({ status: 'ok', morph: 'page' })
    await expect(count).toHaveText('1')
    await page.getByRole('button', { name: '+1' }).click()
    await page.getByRole('button', { name: 'One less' }).click()
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(count).toHaveText('2')
    await page.reload()
    await expect(count).toHaveText('2')
  })

  test('a selector morph patches one element', async ({ page }) => {
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    const { status, morph } = await reflex(page, 'counter#reset', () =>
      page.getByRole('button', { name: 'Reset' }).click(),
    )
    expect({ status, morph }).toEqual({ status: 'ok', morph: 'selector' })
    await expect(page.locator('#count')).toHaveText('0')
  })

  test('nothing is morphed, an operation sets the title, and a value comes back', async ({ page }) => {
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    const end = await reflex(page, 'counter#announce', () =>
      page.getByRole('button', { name: 'Put it in the title' }).click(),
    )
    expect(end).toMatchObject({ status: 'ok', morph: 'nothing', result: 1 })
    await expect(page).toHaveTitle('Count: 1')
    expect(await page.evaluate(() => Patella.stimulate('counter#announce'))).toBe(1)
  })

  test('by keyboard, and the focus stays', async ({ page }) => {
    await page.getByRole('button', { name: '+1' }).focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Space')
    await settled(page)
    await expect(page.locator('#count')).toHaveText('2')
    await expect(page.getByRole('button', { name: '+1' })).toBeFocused()
  })

  test('two tabs of one session: each sees what the other did with its own next action', async ({ page, context }) => {
    const other = await context.newPage()
    await other.goto('/counter')
    await connected(other)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(other.locator('#count')).toHaveText('0')
    await other.getByRole('button', { name: '+1' }).click()
    await settled(other)
    await expect(other.locator('#count')).toHaveText('2')
  })

  test('a hundred clicks as fast as they come are a hundred', async ({ page }) => {
    for (let batch = 0; batch < 4; batch++) {
      await page.evaluate(() => {
        const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === '+1')
        for (let click = 0; click < 25; click++) button?.click()
      })
      await settled(page)
    }
    await expect(page.locator('#count')).toHaveText('100')
  })

  test('somebody else has a session of their own', async ({ page, browser, gallery }) => {
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    const stranger = await browser.newContext()
    const theirs = await stranger.newPage()
    await theirs.goto(`${gallery}/counter`)
    await expect(theirs.locator('#count')).toHaveText('0')
    await stranger.close()
  })
})
