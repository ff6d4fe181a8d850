import { defineConfig } from '@playwright/test'
import { chromiumArgs, findChromium } from './scripts/chromium.mjs'

const executablePath = findChromium()

export default defineConfig({
  testDir: '.',
  outputDir: '.cache/playwright',
  projects: [
    {
      name: 'e2e',
      testMatch: ['e2e/**/*.spec.ts', 'examples/**/*.spec.ts'],
      testIgnore: ['e2e/newcomer/**', 'e2e/browsers/**'],
    },
    { name: 'newcomer', testMatch: 'e2e/newcomer/*.spec.ts' },
    { name: 'browsers', testMatch: 'e2e/browsers/*.spec.ts' },
  ],
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  reporter: 'list',
  // Limits that end a hang; no test waits by them.
  timeout: process.env.PATELLA_FULL ? 1_200_000 : 60_000,
  expect: { timeout: 10_000 },
  use: {
    launchOptions: { ...(executablePath && { executablePath }), args: chromiumArgs },
  },
})
