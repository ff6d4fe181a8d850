import type { Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { expect, onEachHost, test } from '../support/gallery.ts'

onEachHost(() => {
  test.beforeEach(async ({ page }) => {
    await page.goto('/todo')
    await connected(page)
  })

  test('todos are added, trimmed, and empty ones are not', async ({ page }) => {
    await add(page, 'milk', '  bread ', '   ')
    await expect(texts(page)).toHaveText(['milk', 'bread'])
    await expect(page.locator('#left')).toHaveText('2 items left')
    await expect(page.getByPlaceholder('What needs to be done?')).toHaveValue('')
    await expect(page.getByPlaceholder('What needs to be done?')).toBeFocused()
    await page.reload()
    await expect(texts(page)).toHaveText(['milk', 'bread'])
  })

  test('one is ticked, all are ticked, the ticked ones are cleared', async ({ page }) => {
    await add(page, 'milk', 'bread', 'salt')
    await page.getByRole('checkbox', { name: 'bread' }).click()
    await settled(page)
    await expect(page.locator('#left')).toHaveText('2 items left')
    await page.getByLabel('Mark all as done').click()
    await settled(page)
    for (const box of await page.getByRole('checkbox').all()) await expect(box).toBeChecked()
    await page.getByLabel('Mark all as done').click()
    await settled(page)
    for (const box of await page.getByRole('checkbox').all()) await expect(box).not.toBeChecked()
    await page.getByRole('checkbox', { name: 'milk' }).click()
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await settled(page)
    await expect(texts(page)).toHaveText(['bread', 'salt'])
    await expect(page.getByRole('button', { name: 'Clear completed' })).toBeHidden()
  })

  test('double-click edits; Enter and leaving the field save, Escape does not', async ({ page }) => {
    await add(page, 'milk', 'bread')
    const field = page.locator('#edit')

    await edit(page, 'milk')
    await field.fill('oat milk')
    await field.press('Enter')
    await settled(page)
    await expect(texts(page)).toHaveText(['oat milk', 'bread'])

    await edit(page, 'bread')
    await field.fill('rye bread')
    await page.getByRole('heading', { name: 'Todos' }).click()
    await settled(page)
    await expect(texts(page)).toHaveText(['oat milk', 'rye bread'])

    await edit(page, 'rye bread')
    await field.fill('cake')
    await field.press('Escape')
    await settled(page)
    await expect(texts(page)).toHaveText(['oat milk', 'rye bread'])

    await edit(page, 'rye bread')
    await field.fill('')
    await field.press('Enter')
    await settled(page)
    await expect(texts(page)).toHaveText(['oat milk'])
  })

  test('the filter is in the URL: links, Back, Forward, reload', async ({ page }) => {
    await add(page, 'milk', 'bread')
    await page.getByRole('checkbox', { name: 'bread' }).click()
    await settled(page)
    await page.getByRole('link', { name: 'Completed' }).click()
    await settled(page)
    await expect(page).toHaveURL('/todo?filter=completed')
    await expect(texts(page)).toHaveText(['bread'])
    await page.getByRole('link', { name: 'Active' }).click()
    await settled(page)
    await expect(texts(page)).toHaveText(['milk'])
    await expect(page.getByRole('link', { name: 'Active' })).toHaveAttribute('aria-current', 'page')

    await reflex(page, '', () => page.goBack())
    await expect(texts(page)).toHaveText(['bread'])
    await reflex(page, '', () => page.goBack())
    await expect(texts(page)).toHaveText(['milk', 'bread'])
    await reflex(page, '', () => page.goForward())
    await expect(texts(page)).toHaveText(['bread'])
    await page.reload()
    await expect(texts(page)).toHaveText(['bread'])
    await connected(page)
    // What is done now is done to the page of this URL.
    await page.getByRole('checkbox', { name: 'bread' }).click()
    await settled(page)
    await expect(texts(page)).toHaveText([])
    await expect(page).toHaveURL('/todo?filter=completed')
  })

  test('text, caret and focus stay while the page changes around them', async ({ page }) => {
    await add(page, 'milk')
    const field = page.getByPlaceholder('What needs to be done?')
    await field.fill('half a sentence')
    await field.evaluate((input: HTMLInputElement) => input.setSelectionRange(5, 9))
    await page.evaluate(() => Patella.stimulate('todo#toggleAll'))
    await page.evaluate(() => document.querySelector<HTMLElement>('[aria-label="Delete milk"]')?.click())
    await settled(page)
    await expect(texts(page)).toHaveText([])
    await expect(field).toHaveValue('half a sentence')
    await expect(field).toBeFocused()
    expect(await field.evaluate((input: HTMLInputElement) => [input.selectionStart, input.selectionEnd])).toEqual([
      5, 9,
    ])
  })

  test('by keyboard alone', async ({ page }) => {
    await page.keyboard.press('Tab')
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.type('milk\n')
    await settled(page)
    await expect(texts(page)).toHaveText(['milk'])
    await page.getByRole('checkbox', { name: 'milk' }).focus()
    await page.keyboard.press('Space')
    await settled(page)
    await expect(page.locator('#left')).toHaveText('0 items left')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await settled(page)
    await expect(page.locator('#edit')).toBeFocused()
    await page.keyboard.press('End')
    await page.keyboard.type('!\n')
    await settled(page)
    await expect(texts(page)).toHaveText(['milk!'])
  })

  test('two tabs: each sees the other’s todos with its own next action', async ({ page, context }) => {
    const other = await context.newPage()
    await other.goto('/todo')
    await connected(other)
    await add(page, 'milk')
    await add(other, 'bread')
    await expect(texts(other)).toHaveText(['milk', 'bread'])
  })

  test('markup that somebody types is text', async ({ page }) => {
    await add(page, '<img src=x onerror=alert(1)> & "quotes"')
    await expect(texts(page)).toHaveText(['<img src=x onerror=alert(1)> & "quotes"'])
    await expect(page.locator('.todos img')).toHaveCount(0)
  })
})

const texts = (page: Page) => page.locator('.todos .grow')

async function add(page: Page, ...todos: string[]): Promise<void> {
  for (const todo of todos) {
    await page.getByPlaceholder('What needs to be done?').fill(todo)
    await page.getByPlaceholder('What needs to be done?').press('Enter')
    await settled(page)
  }
}

async function edit(page: Page, todo: string): Promise<void> {
  await page.getByText(todo, { exact: true }).dblclick()
  await settled(page)
  await expect(page.locator('#edit')).toBeFocused()
}
