import type { Page } from '@playwright/test'
import { expect, onEachHost, test } from '../support/gallery.ts'

onEachHost(() => {
  test.use({ javaScriptEnabled: false })

  test('todos without JavaScript: added, ticked, edited, deleted, cleared, all under a filter', async ({ page }) => {
    await page.goto('/todo')
    await add(page, 'milk', ' bread ', 'salt')
    await expect(texts(page)).toHaveText(['milk', 'bread', 'salt'])

    await page.getByRole('checkbox', { name: 'bread' }).check()
    await page.getByRole('button', { name: 'Save the tick of bread' }).click()
    await expect(page.locator('#left')).toHaveText('2 items left')

    await page.getByRole('link', { name: 'Active' }).click()
    await expect(texts(page)).toHaveText(['milk', 'salt'])
    await page.getByRole('button', { name: 'Edit milk' }).click()
    await expect(page, 'the action leads back to the page it was on').toHaveURL('/todo?filter=active')
    await page.locator('#edit').fill('oat milk')
    await page.locator('#edit').press('Enter')
    await expect(texts(page)).toHaveText(['oat milk', 'salt'])
    await page.getByRole('button', { name: 'Delete salt' }).click()
    await expect(texts(page)).toHaveText(['oat milk'])

    await page.getByRole('link', { name: 'All' }).click()
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await expect(texts(page)).toHaveText(['oat milk'])
    await page.reload()
    await expect(texts(page), 'a reload sends no form again').toHaveText(['oat milk'])

    await page.getByLabel('Mark all as done').check()
    await page.locator('form:has(#all) button').click()
    await expect(page.locator('#left')).toHaveText('0 items left')
  })

  test('what an action leaves for its page is shown once', async ({ page }) => {
    await page.goto('/todo')
    await add(page, 'milk')
    await page.getByRole('button', { name: 'Edit milk' }).click()
    await expect(page.locator('#edit')).toBeVisible()
    await page.reload()
    await expect(page.locator('#edit')).toHaveCount(0)
  })

  test('signing up with errors, logging out, logging in', async ({ page, context }) => {
    const email = `plain-${process.pid}-${++people}@example.com`
    await page.goto('/signup')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('E-mail').fill('not an address')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expect(page).toHaveURL('/signup')
    await expect(page.locator('.error:not(:empty)')).toHaveText([
      'This is not an e-mail address',
      'At least 8 characters',
    ])
    await expect(page.getByLabel('Name'), 'what was typed is not lost').toHaveValue('Ada')
    await expect(page.getByLabel('E-mail')).toHaveValue('not an address')
    await expect(page.getByLabel('Password')).toHaveValue('')

    const before = await sessionOf(context)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('long enough')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expect(page).toHaveURL('/signup/members')
    await expect(page.getByText('Welcome, Ada.')).toBeVisible()
    expect(await sessionOf(context), 'a login changes the session’s id').not.toBe(before)

    await page.getByLabel('A note to yourself').fill('remember')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.locator('#saved')).toHaveText('Saved: 8 characters')
    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page).toHaveURL('/signup/login')
    await page.goto('/signup/members')
    await expect(page).toHaveURL('/signup/login')

    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page.locator('.error', { hasText: 'do not belong together' })).toBeVisible()
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('long enough')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page.getByText('Welcome back, Ada.')).toBeVisible()
  })
})

test.describe('a form of another origin', () => {
  test('runs nothing', async ({ page, gallery, request }) => {
    await page.goto('/todo')
    const action = await page.locator('#new').getAttribute('action')
    const form = { text: 'forged' }
    const plain = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const headers of [
      { ...plain, origin: 'https://evil.example' },
      { ...plain, origin: 'null', 'sec-fetch-site': 'cross-site' },
      plain,
    ]) {
      const response = await request.post(`${gallery}${action}`, { headers, form, maxRedirects: 0 })
      expect(response.status()).toBe(403)
      expect(await response.text()).toContain('origin_refused')
    }
  })
})

let people = 0

const texts = (page: Page) => page.locator('.todos .grow:not(input)')

async function add(page: Page, ...todos: string[]): Promise<void> {
  for (const todo of todos) {
    await page.getByPlaceholder('What needs to be done?').fill(todo)
    await page.getByPlaceholder('What needs to be done?').press('Enter')
  }
}

async function sessionOf(context: { cookies(): Promise<{ name: string; value: string }[]> }) {
  return (await context.cookies()).find(({ name }) => name === '_session')?.value
}
