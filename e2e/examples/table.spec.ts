import type { Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, onEachHost, test } from '../support/gallery.ts'

onEachHost(() => {
  test('typing searches, and the URL follows without new entries in the history', async ({ page }) => {
    await page.goto('/')
    await open(page, '/table')
    await expect(page.locator('#found')).toHaveText('1,000 of 1,000 people')
    await page.getByLabel('Search').pressSequentially('alice b')
    await settled(page)
    await expect(page).toHaveURL('/table?q=alice+b')
    await expect(page.locator('#found')).toHaveText('10 of 1,000 people')
    await expect(page.getByLabel('Search')).toHaveValue('alice b')
    await expect(page.getByLabel('Search')).toBeFocused()
    await page.reload()
    await expect(page.locator('#found')).toHaveText('10 of 1,000 people')
    await expect(page.getByLabel('Search')).toHaveValue('alice b')
    await page.goBack()
    await expect(page).toHaveURL('/')
  })

  test('columns sort up and down', async ({ page }) => {
    await open(page, '/table')
    await page.getByRole('link', { name: 'Amount' }).click()
    await settled(page)
    await expect(page).toHaveURL('/table?sort=cents')
    await expect(page.getByRole('columnheader', { name: 'Amount' })).toHaveAttribute('aria-sort', 'ascending')
    const upward = await amounts(page)
    expect(upward).toEqual([...upward].sort((a, b) => a - b))
    await page.getByRole('link', { name: 'Amount' }).click()
    await settled(page)
    await expect(page.getByRole('columnheader', { name: 'Amount' })).toHaveAttribute('aria-sort', 'descending')
    const downward = await amounts(page)
    expect(downward).toEqual([...downward].sort((a, b) => b - a))
    expect(downward[0]).toBeGreaterThan(upward.at(-1) as number)
  })

  test('pages, with Back and Forward between them', async ({ page }) => {
    await open(page, '/table')
    const first = page.locator('tbody tr td').first()
    await page.getByRole('link', { name: 'Next' }).click()
    await settled(page)
    await expect(page.locator('#page')).toHaveText('Page 2 of 50')
    await expect(page.getByRole('link', { name: 'Next' })).toBeFocused()
    await page.keyboard.press('Enter')
    await settled(page)
    await expect(page.locator('#page')).toHaveText('Page 3 of 50')
    await expect(first).toHaveText('41')
    await reflex(page, '', () => page.goBack())
    await expect(first).toHaveText('21')
    await reflex(page, '', () => page.goBack())
    await expect(first).toHaveText('1')
    await expect(page).toHaveURL('/table')
    await reflex(page, '', () => page.goForward())
    await expect(first).toHaveText('21')
  })

  test('a search from another page of the results begins at the first, and keeps the order', async ({ page }) => {
    await open(page, '/table?sort=name&page=7')
    await page.getByLabel('Search').fill('jensen')
    await settled(page)
    await expect(page).toHaveURL('/table?sort=name&q=jensen')
    await expect(page.locator('#page')).toHaveText('Page 1 of 5')
    await expect(page.locator('tbody tr td').nth(1)).toHaveText('Alice Jensen')
  })

  test('by keyboard alone, and the focus stays on the heading that was pressed', async ({ page }) => {
    await open(page, '/table')
    await page.getByLabel('Search').focus()
    await page.keyboard.type('frank')
    await settled(page)
    await expect(page.getByLabel('Search')).toBeFocused()
    await page.getByRole('link', { name: 'Name' }).focus()
    await page.keyboard.press('Enter')
    await settled(page)
    await expect(page).toHaveURL('/table?q=frank&sort=name')
    await expect(page.getByRole('link', { name: 'Name' })).toBeFocused()
    await page.keyboard.press('Enter')
    await settled(page)
    await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending')
  })

  test('nonsense in the URL is the first page', async ({ page }) => {
    await open(page, '/table?page=-3&sort=constructor&dir=%00')
    await expect(page.locator('#page')).toHaveText('Page 1 of 50')
    await page.getByRole('link', { name: 'E-mail' }).click()
    await settled(page)
    await expect(page.locator('tbody tr')).toHaveCount(20)
  })

  test('a thousand rows: one, all, prepend, sort', async ({ page }) => {
    await open(page, '/table/bench')
    const rows = page.locator('#bench tr')
    const amount = (id: number) => page.locator(`#row-${id} td`).nth(3)
    await expect(rows).toHaveCount(1000)
    // 500 × 7919 mod 90000 = 89500: 995.00.
    await expect(amount(500)).toHaveText('995.00')
    await press(page, 'one')
    await expect(amount(500)).toHaveText('995.01')
    await expect(amount(499)).toHaveText('915.81')
    await press(page, 'all')
    await expect(amount(500)).toHaveText('995.02')
    await expect(amount(499)).toHaveText('915.82')
    await press(page, 'prepend')
    await expect(rows).toHaveCount(1001)
    await expect(rows.first()).toHaveId('row-1001')
    await expect(rows.first()).toContainText('Bruno Almeida')
    await press(page, 'sort')
    await expect(rows.first()).toHaveId('row-1000')
    await expect(rows.last()).toHaveId('row-1001')
    await press(page, 'prepend')
    await expect(rows.first()).toHaveId('row-1002')
  })
})

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await connected(page)
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click()
  await settled(page)
}

async function amounts(page: Page): Promise<number[]> {
  return (await page.locator('tbody td:nth-child(4)').allTextContents()).map(Number)
}
