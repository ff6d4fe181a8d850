import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { chromiumArgs, findChromium } from '../../../scripts/chromium.mjs'
import { jsonOf, PageLeft, resultOf, sourceOf } from './page.ts'
import type { Driver, Tab } from './tab.ts'

/** Starts a Chromium that Playwright drives. */
export async function startChromium(): Promise<Driver> {
  const executablePath = findChromium()
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: chromiumArgs })
  return {
    async newTab() {
      const context = await browser.newContext()
      return tabOf(context, await context.newPage())
    },
    close: () => browser.close(),
  }
}

function tabOf(context: BrowserContext, page: Page): Tab {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  return {
    browser: 'chromium',
    problems,
    async open(url) {
      await page.goto(url)
    },
    async evaluate(run, arg) {
      const expression = `(${sourceOf(run)})(${JSON.stringify(jsonOf(arg))})`
      return resultOf(await page.evaluate<string>(expression).catch(left))
    },
    click: (selector) => page.locator(selector).first().click({ timeout: 10_000 }),
    type: (text) => page.keyboard.type(text),
    press: (keys) => page.keyboard.press(keys),
    async back() {
      await page.goBack()
    },
    close: () => context.close(),
  }
}

/** Playwright says first that the page was left. */
function left(error: Error): never {
  throw /context was destroyed|because of a navigation/.test(error.message) ? new PageLeft(error.message) : error
}
