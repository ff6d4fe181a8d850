import type { Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, onEachHost, test } from '../support/gallery.ts'

onEachHost(() => {
  test('each field complains once it was touched, and stops when it is right', async ({ page }) => {
    await open(page, '/signup')
    await page.getByLabel('E-mail').fill('not an address')
    await settled(page)
    await expect(page.locator('.error:not(:empty)')).toHaveText(['This is not an e-mail address'])
    await expect(page.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true')
    await page.getByLabel('Password').fill('short')
    await settled(page)
    await expect(page.locator('.error:not(:empty)')).toHaveText([
      'This is not an e-mail address',
      'At least 8 characters',
    ])
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('long enough')
    await settled(page)
    await expect(page.locator('.error:not(:empty)')).toHaveCount(0)
    await expect(page.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'false')
    await expect(page.getByLabel('E-mail')).toHaveValue('ada@example.com')
    await page.getByRole('button', { name: 'Create account' }).click()
    await settled(page)
    await expect(page.locator('.error:not(:empty)')).toHaveText(['Tell us your name'])
    await expect(page.getByLabel('Password')).toHaveValue('long enough')
  })

  test('signing up, logging out, logging in', async ({ page, context }) => {
    const email = await signUp(page, 'Ada')
    await expect(page.getByText('Welcome, Ada.')).toBeVisible()
    const [first] = await context.cookies()
    expect(first).toMatchObject({ httpOnly: true, sameSite: 'Lax' })

    await page.reload()
    await expect(page.getByRole('heading', { name: 'Hello, Ada' })).toBeVisible()
    await expect(page.getByText('Welcome, Ada.')).toBeHidden()

    await connected(page)
    await page.getByLabel('A note to yourself').fill('remember')
    await page.getByRole('button', { name: 'Save' }).click()
    await settled(page)
    await expect(page.locator('#saved')).toHaveText('Saved: 8 characters')

    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page).toHaveURL('/signup/login')
    await page.goto('/signup/members')
    await expect(page, 'no member any more').toHaveURL('/signup/login')

    await connected(page)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password').fill('wrong password')
    await page.getByRole('button', { name: 'Log in' }).click()
    await settled(page)
    await expect(page.locator('.error', { hasText: 'do not belong together' })).toBeVisible()
    await page.getByLabel('Password').fill('long enough')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page).toHaveURL('/signup/members')
    await expect(page.getByText('Welcome back, Ada.')).toBeVisible()
    const [last] = await context.cookies()
    expect(last?.value, 'a login changes the session’s id').not.toBe(first?.value)
    expect(last?.httpOnly).toBe(true)
  })

  test('an address can be taken once', async ({ page, browser, gallery }) => {
    const email = await signUp(page, 'Ada')
    const stranger = await browser.newContext({ baseURL: gallery })
    const theirs = await stranger.newPage()
    await open(theirs, '/signup')
    await theirs.getByLabel('E-mail').fill(email.toUpperCase())
    await settled(theirs)
    await expect(theirs.locator('.error', { hasText: 'Somebody has this address already' })).toBeVisible()
    await stranger.close()
  })

  test('by keyboard alone', async ({ page }) => {
    await open(page, '/signup')
    await page.getByLabel('Name').focus()
    await page.keyboard.type('Ada')
    await page.keyboard.press('Tab')
    await page.keyboard.type(`keys-${process.pid}-${++people}@example.com`)
    await page.keyboard.press('Tab')
    await page.keyboard.type('long enough')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL('/signup/members')
    await connected(page)
    await page.getByLabel('A note to yourself').focus()
    await page.keyboard.type('remember')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await settled(page)
    await expect(page.locator('#saved')).toHaveText('Saved: 8 characters')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL('/signup/login')
  })

  test('what a member may do nobody else may', async ({ page }) => {
    await open(page, '/signup')
    const refused = await reflex(page, 'members#write', () =>
      page.evaluate(() =>
        Patella.stimulate('members#write').then(
          () => {},
          () => {},
        ),
      ),
    )
    expect(refused).toMatchObject({ status: 'unauthorized' })
  })

  test('after a logout in one tab the other one is nobody too, and says so', async ({ page, context }) => {
    await signUp(page, 'Ada')
    const other = await context.newPage()
    await open(other, '/signup/members')
    await page.getByRole('button', { name: 'Log out' }).click()
    await expect(page).toHaveURL('/signup/login')
    const { status } = await reflex(other, 'members#write', () => other.getByRole('button', { name: 'Save' }).click())
    expect(status).toBe('unauthorized')
    await other.goto('/signup/members')
    await expect(other).toHaveURL('/signup/login')
  })

  test('after a login in one tab the other one is somebody too', async ({ page, context }) => {
    const other = await context.newPage()
    await open(other, '/signup')
    await signUp(page, 'Ada')
    await other.getByLabel('Name').fill('B')
    await settled(other)
    await expect(other.locator('#signup', { hasText: 'You are logged in' })).toBeVisible()
  })
})

let people = 0

/** Signs up under an address of its own and ends on the members' page. */
async function signUp(page: Page, name: string): Promise<string> {
  const email = `${name}-${process.pid}-${++people}@example.com`
  await open(page, '/signup')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('long enough')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page).toHaveURL('/signup/members')
  await connected(page)
  return email
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await connected(page)
}
