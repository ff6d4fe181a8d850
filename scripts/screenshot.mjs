/** `node scripts/screenshot.mjs`: takes the pictures of the documents, docs/images/*.png, from the gallery itself. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { chromiumArgs, findChromium } from './chromium.mjs'
import { build, root } from './prepare.mjs'

const folder = join(root, 'docs/images')

main()

async function main() {
  build()
  mkdirSync(folder, { recursive: true })
  const server = spawn(process.execPath, ['dist/examples/server.js'], {
    cwd: root,
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs })
  try {
    const baseURL = await addressOf(server)
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({
        baseURL,
        colorScheme,
        deviceScaleFactor: 2,
        viewport: { width: 960, height: 640 },
      })
      await takeAll(await context.newPage(), colorScheme === 'dark' ? '-dark' : '')
    }
  } finally {
    await browser.close()
    server.kill()
  }
}

async function takeAll(page, suffix) {
  const take = async (name) => {
    await settled(page)
    await page.screenshot({ path: join(folder, `${name}${suffix}.png`) })
  }
  await page.goto('/')
  await take('gallery')

  await page.goto('/counter')
  for (let count = 0; count < 7; count++) await page.getByRole('button', { name: '+1' }).click()
  await take('counter')

  await page.goto('/todo')
  for (const todo of ['Read the quick start', 'Put an attribute on a button', 'Take the rest of the day off']) {
    await page.getByPlaceholder('What needs to be done?').fill(todo)
    await page.keyboard.press('Enter')
    await settled(page)
  }
  await page.getByRole('checkbox', { name: 'Read the quick start' }).click()
  await take('todos')
}

/** As `settled` of patella/playwright: connected, and nothing pending. */
async function settled(page) {
  await page.waitForFunction(() => {
    const { patellaState, patellaPending } = document.documentElement.dataset
    return patellaState === 'connected' && patellaPending === '0'
  })
}

/** Resolves with the address that the server prints. */
function addressOf(server) {
  return new Promise((resolve, reject) => {
    let output = ''
    server.stdout.on('data', (chunk) => {
      output += chunk
      const address = /http:\/\/localhost:\d+/.exec(output)
      if (address) resolve(address[0])
    })
    server.once('exit', () => reject(new Error(`The gallery ended:\n${output}`)))
  })
}
