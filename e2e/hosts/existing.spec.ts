import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { connected, reflex, settled } from '../../client/playwright.ts'
import { type Child, startServer } from '../support/child.ts'

/** All that the app is given, a line each; its reflexes are in a file of their own that is not loaded else. */
const lines: readonly Line[] = [
  { file: 'app.cjs', after: "const notes = require('./notes.cjs')", add: "const patella = require('./reflexes.cjs')" },
  { file: 'app.cjs', after: 'app.use(passport.session())', add: 'app.use(patella.express())' },
  {
    file: 'views/partials/head.ejs',
    after: '<meta charset="utf-8">',
    add: '<script src="/patella/client.js" nonce="<%= nonce %>" defer></script>',
  },
  {
    file: 'views/notes.ejs',
    after: "<span><%= note.starred ? '★' : '☆' %></span>",
    add: '<button data-reflex="click->notes#star" data-id="<%= note.id %>">Star</button>',
  },
]

interface Line {
  readonly file: string
  readonly after: string
  readonly add: string
}

/** As the app is, and with Patella; with a limiter of all requests, that has to be told which of them nobody made. */
type Version = 'plain' | 'patella' | 'limited'

const test = base.extend<{ version: Version; app: Child; clean: undefined }>({
  version: ['patella', { option: true }],
  app: async ({ version }, use) => {
    const folder = version === 'plain' ? 'e2e/hosts/existing' : withPatella(version)
    const env = { SESSION_SECRET: 'a secret of thirty-two characters' }
    const app = await startServer(join(folder, 'app.cjs'), { env })
    await use(app)
    await app.stop()
    if (version !== 'plain') rmSync(folder, { recursive: true })
  },
  baseURL: ({ app }, use) => use(`http://localhost:${app.port}`),
  clean: [
    async ({ context }, use) => {
      const problems: string[] = []
      context.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
      context.on('weberror', (error) => problems.push(String(error.error())))
      await use(undefined)
      expect(problems).toEqual([])
    },
    { auto: true },
  ],
})

for (const version of ['plain', 'patella'] as const) {
  test.describe(version, () => {
    test.use({ version })

    test('logs in, adds a note, logs out', async ({ page }) => {
      await page.goto('/notes')
      await expect(page).toHaveTitle('Log in')
      await login(page, 'ada', 'wrong')
      await expect(page).toHaveURL('/login?failed')
      await login(page, 'ada', 'lovelace')
      await expect(page.getByRole('status')).toHaveText('Welcome, ada.')
      await add(page, 'Write <b>')
      await expect(page.getByRole('status')).toHaveText('The note was added.')
      await expect(page.getByRole('listitem')).toContainText('Write <b> ☆')
      await page.getByRole('button', { name: 'Log out ada' }).click()
      await expect(page).toHaveTitle('Log in')
    })

    test('keeps its own refusals', async ({ page, request }) => {
      expect((await request.post('/notes', { form: { text: 'forged' } })).status()).toBe(403)
      expect(await (await request.get('/nowhere')).text()).toContain('Not found')
      await page.goto('/login')
      await expect(page.locator('body')).toHaveAttribute('data-scripts', 'run')
    })
  })
}

test('a reflex acts as who is logged in, without a reload', async ({ page }) => {
  await visit(page, ['one', 'two'])
  await page.getByLabel('Note').fill('half a')
  await page.evaluate(() => Object.assign(window, { loaded: 'once' }))
  await star(page, 'two')
  await expect(page.getByRole('listitem')).toContainText(['one ☆', 'two ★'])
  await expect(page.getByLabel('Note')).toHaveValue('half a')
  expect(await page.evaluate(() => 'loaded' in window)).toBe(true)

  // The token that the form had is still good.
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('listitem')).toContainText(['one ☆', 'two ★', 'half a ☆'])
})

test('one browser’s notes are not another’s', async ({ page, browser, baseURL }) => {
  await visit(page, ['one'])
  const other = await browser.newPage({ baseURL: baseURL as string })
  await visit(other, ['one'], 'bob', 'builder')
  await star(page, 'one')
  await star(other, 'one')
  await star(other, 'one')
  await expect(page.getByRole('listitem')).toContainText(['one ★'])
  await expect(other.getByRole('listitem')).toContainText(['one ☆'])
  await other.close()
})

test('two tabs share what one of them changed, and the end of the login', async ({ page, context }) => {
  await visit(page, ['one', 'two'])
  const other = await context.newPage()
  await other.goto('/notes')
  await connected(other)
  await star(page, 'one')
  await star(other, 'two')
  await expect(other.getByRole('listitem')).toContainText(['one ★', 'two ★'])

  await page.getByRole('button', { name: 'Log out ada' }).click()
  await expect(page).toHaveTitle('Log in')
  const { status } = await reflex(other, 'notes#star', () =>
    other.getByRole('button', { name: 'Star' }).first().click(),
  )
  expect(status).toBe('unauthorized')
  await login(page, 'ada', 'lovelace')
  await expect(page.getByRole('listitem')).toContainText(['one ★', 'two ★'])
  await star(other, 'one')
  await expect(other.getByRole('listitem')).toContainText(['one ☆', 'two ★'])
})

test('the limiter of the forms counts no reflex', async ({ page }) => {
  await visit(page, ['one'])
  const before = await remaining(page)
  await star(page, 'one')
  await star(page, 'one')
  expect(await remaining(page)).toBe(before - 1)
})

test.describe('with a limiter of all requests', () => {
  test.use({ version: 'limited' })

  test('request.patella tells it what is rendered again', async ({ page }) => {
    await visit(page, ['one'])
    const before = await remaining(page)
    await star(page, 'one')
    await star(page, 'one')
    expect(await remaining(page)).toBe(before - 1)
  })
})

/** A copy of the app with Patella in it; gives back its folder, inside of the package so that it finds the same modules. */
function withPatella(version: Version): string {
  mkdirSync('.cache', { recursive: true })
  const folder = mkdtempSync('.cache/existing-')
  cpSync('e2e/hosts/existing', folder, { recursive: true })
  for (const { file, after, add } of lines) replace(join(folder, file), after, `${after}\n${add}`)
  if (version === 'limited') {
    replace(join(folder, 'app.cjs'), "(req) => req.method === 'GET'", '(req) => req.patella?.rerender')
  }
  return folder
}

function replace(file: string, before: string, after: string): void {
  const parts = readFileSync(file, 'utf8').split(before)
  expect(parts, `${before} is in ${file} once`).toHaveLength(2)
  writeFileSync(file, parts.join(after))
}

async function login(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}

async function add(page: Page, text: string): Promise<void> {
  await page.getByLabel('Note').fill(text)
  await page.getByRole('button', { name: 'Add' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: text })).toBeVisible()
}

/** Logs in and writes notes. */
async function visit(page: Page, texts: readonly string[], name = 'ada', password = 'lovelace'): Promise<void> {
  await page.goto('/login')
  await login(page, name, password)
  for (const text of texts) await add(page, text)
  await connected(page)
}

async function star(page: Page, text: string): Promise<void> {
  const item = page.getByRole('listitem').filter({ hasText: text })
  const { status } = await reflex(page, 'notes#star', () => item.getByRole('button', { name: 'Star' }).click())
  expect(status).toBe('ok')
  await settled(page)
}

/** Requests that are left for this address: this one is counted already, being a POST that is refused. */
async function remaining(page: Page): Promise<number> {
  const response = await page.request.post('/notes', { failOnStatusCode: false })
  return Number(response.headers()['x-ratelimit-remaining'])
}
