import { networkInterfaces } from 'node:os'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { expect, onEachHost, test } from '../support/gallery.ts'

const paths = ['/', '/counter', '/todo', '/table', '/table/bench', '/signup', '/signup/login']
const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } }

onEachHost(() => {
  test('the index leads to every example, and each shows its source', async ({ page }) => {
    await page.goto('/')
    await expect(page.getByRole('main').getByRole('link')).toHaveCount(4)
    for (const name of ['Counter', 'Todos', 'Table', 'Accounts']) {
      await page.getByRole('navigation').getByRole('link', { name }).click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(name)
      await expect(page.getByRole('navigation').getByRole('link', { name })).toHaveAttribute('aria-current', 'page')
      await page.locator('summary').first().click()
      await expect(page.locator('pre').first()).toContainText("from 'patella'")
    }
  })

  test.describe('without JavaScript', () => {
    test.use({ javaScriptEnabled: false })

    test('every page reads well, and links and search work', async ({ page }) => {
      for (const path of paths) {
        await page.goto(path)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      }
      await page.goto('/counter')
      await expect(page.locator('#count')).toHaveText('0')
      await page.goto('/table')
      await expect(page.locator('tbody tr')).toHaveCount(20)
      await page.getByRole('link', { name: 'Next' }).click()
      await expect(page.locator('#page')).toHaveText('Page 2 of 50')
      await page.getByLabel('Search').fill('jensen')
      await page.getByLabel('Search').press('Enter')
      await expect(page.locator('#found')).toHaveText('100 of 1,000 people')
    })
  })

  test('the policy lets nothing in but the server’s own files', async ({ page, request }) => {
    const policy = (await request.get('/counter')).headers()['content-security-policy']
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    await page.goto('/counter')
    expect(await page.locator('script:not([src]), style, [style], [onclick]').count()).toBe(0)
  })

  test('it works by a network address over plain http', async ({ page, gallery }) => {
    const address = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
    test.skip(address === undefined && !process.env.CI, 'this machine has no network address')
    await page.goto(`${gallery.replace('localhost', address as string)}/counter`)
    await connected(page)
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText('1')
  })

  test('Back to a page of another document shows what the session holds by then', async ({ page }) => {
    await page.goto('/counter')
    await connected(page)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await page.getByRole('navigation').getByRole('link', { name: 'Todos' }).click()
    await connected(page)
    await page.goBack()
    await connected(page)
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
    await expect(page.locator('#count')).toHaveText('2')
    await page.goForward()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Todos')
  })
})

// The markup is the same on both hosts: one is enough.
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    test.describe(`${colorScheme}, ${size}`, () => {
      test.use({ colorScheme, viewport, hasTouch: size === 'phone' })

      test('axe finds nothing, nothing overflows, and targets are large enough', async ({ page }) => {
        test.slow()
        for (const path of paths) {
          await page.goto(path)
          await connected(page)
          if (path !== '/table/bench') for (const summary of await page.locator('summary').all()) await summary.click()
          await inspect(page)
        }
        await page.goto('/todo')
        await connected(page)
        for (const todo of ['milk', 'a very long todo that surely needs more than one line on a phone']) {
          await page.getByPlaceholder('What needs to be done?').fill(todo)
          await page.keyboard.press('Enter')
          await settled(page)
        }
        await page.getByRole('checkbox', { name: 'milk' }).click()
        await settled(page)
        await inspect(page)
        await page.getByRole('button', { name: 'Edit milk' }).click()
        await settled(page)
        await inspect(page)
        await page.goto('/signup')
        await connected(page)
        await page.getByRole('button', { name: 'Create account' }).click()
        await settled(page)
        await expect(page.locator('.error:not(:empty)')).toHaveCount(3)
        await inspect(page)
      })
    })
  }
}

async function inspect(page: Page): Promise<void> {
  // Of a thousand rows that are made alike ten are enough.
  const { violations } = await new AxeBuilder({ page }).exclude('#bench tr:nth-child(n + 11)').analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  expect(await page.evaluate(smallTargets)).toEqual([])
}

/** Controls that a thumb would miss: lower than 44 px, those within a label or a sentence apart. */
function smallTargets(): string[] {
  return [...document.querySelectorAll<HTMLElement>('button, input, textarea, summary, nav a, th a, label.check')]
    .filter((control) => control.checkVisibility() && !control.matches('label input[type=checkbox], [type=hidden]'))
    .filter((control) => control.getBoundingClientRect().height < 44)
    .map((control) => control.outerHTML)
}
