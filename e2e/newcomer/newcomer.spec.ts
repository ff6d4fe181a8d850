import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { blocksOf } from '../../scripts/markdown.mjs'
import { pack } from '../../scripts/pack.mjs'
import { startServer } from '../support/child.ts'

/**
 * What somebody does who has just heard of Patella: install the package in an empty folder, type in what the README
 * prints, compile it, run it, click. The programs are the README's blocks of these titles, word for word; `server.js` is
 * the block for TypeScript, for the README says that it holds no types.
 */
const programs = ['server.ts', 'server.js', 'express.ts']

/** Apps as one would write them oneself: in CommonJS, on other hosts. */
const apps = ['express.cjs', 'fastify.ts', 'koa.ts', 'hono.ts']

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const beside = ['typescript', 'express', 'fastify', 'koa', 'hono', '@hono/node-server'].concat(
  ['node', 'express', 'koa'].map((name) => `@types/${name}`),
)
const vite = 'vite@8.3.8'

// One folder serves all of them.
test.describe.configure({ mode: 'default' })

let folder = ''
let files: string[] = []

test.beforeAll(() => {
  test.setTimeout(180_000)
  const packed = pack()
  files = packed.files
  folder = mkdtempSync(join(tmpdir(), 'newcomer-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const versions = beside.map((name) => `${name}@${manifest.devDependencies[name]}`)
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', packed.tarball, ...versions, vite)
  cpSync('e2e/newcomer/apps', folder, { recursive: true })
})

test.afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds what it should and runs nothing when it is installed', () => {
  const allowed =
    /^(?:dist\/(?:client|protocol|server)\/|docs\/.+\.(?:md|conf|sql)$|protocol\/PROTOCOL\.md$|(?:README|CHANGELOG)\.md$|LICENSE$|package\.json$)/
  expect(files.filter((file) => !allowed.test(file) || /\.(?:test|spec)\./.test(file))).toEqual([])
  for (const file of ['README.md', 'LICENSE', 'dist/server/index.d.ts', 'dist/client/client.js', 'docs/nginx.conf']) {
    expect(files).toContain(file)
  }
  const atInstall = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare']
  expect(atInstall.filter((name) => name in manifest.scripts)).toEqual([])
})

for (const name of Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))) {
  const specifier = name.replace('.', 'patella')
  test(`${specifier} can be imported and required`, () => {
    run(process.execPath, '--input-type=module', '--eval', `await import('${specifier}')`)
    run(process.execPath, '--input-type=commonjs', '--eval', `require('${specifier}')`)
  })
}

test('a CommonJS program requires it', () => {
  expect(run(process.execPath, 'required.cjs')).toBe('<b>&lt;</b>')
})

for (const title of programs) {
  test(`the README's ${title} runs and counts`, async ({ page }) => {
    const port = await freePort()
    const program = programOf(title.replace('.js', '.ts'))
    writeFileSync(join(folder, title), program.replaceAll('3000', String(port)))
    const server = spawn(process.execPath, [compiled(title)], { cwd: folder, stdio: 'inherit' })
    try {
      const path = /\.(?:page|get)\(\s*'([^']+)'/.exec(program)?.[1] ?? '/'
      await expect(() => page.goto(`http://localhost:${port}${path}`)).toPass()
      await expectCounting(page)
    } finally {
      server.kill()
    }
  })
}

for (const file of apps) {
  test(`an app runs and counts: ${file}`, async ({ page }) => {
    // As `tsc --init` has it: the types of Koa do not compile by themselves.
    await visiting(page, compiled(file, '--skipLibCheck'), () => expectCounting(page))
  })
}

test('a page that Vite built runs and counts, without the server in it', async ({ page }) => {
  tsc('--project', 'vite')
  run(process.execPath, 'node_modules/vite/bin/vite.js', 'build', 'vite')
  const assets = join(folder, 'vite/dist/assets')
  const scripts = readdirSync(assets).map((name) => readFileSync(join(assets, name), 'utf8'))
  expect(scripts).toHaveLength(1)
  expect(scripts[0]).toContain('data-reflex')
  expect(scripts[0]).not.toMatch(/createPatella|node:|SESSION_SECRET/)

  await visiting(page, 'vite/server.js', async () => {
    await expectCounting(page)
    await page.keyboard.press('+')
    await expect(page.locator('p')).toHaveText('Count: 3')
  })
})

async function visiting(page: Page, file: string, then: () => Promise<void>): Promise<void> {
  const server = await startServer(join(folder, file))
  try {
    await page.goto(`http://localhost:${server.port}/`)
    await then()
  } finally {
    await server.stop()
  }
}

/** Three pages by two clicks, and the last one again. */
async function expectCounting(page: Page): Promise<void> {
  await connected(page)
  const seen = [await numbersOf(page.locator('body'))]
  for (const _ of [1, 2]) {
    await page.locator('[data-reflex]').first().click()
    await settled(page)
    seen.push(await numbersOf(page.locator('body')))
  }
  expect(new Set(seen).size, `three different pages: ${seen.join(', then ')}`).toBe(3)
  await page.reload()
  expect(await numbersOf(page.locator('body')), 'the session keeps the count').toBe(seen[2])
}

/** Name of the JavaScript that a program is or becomes. */
function compiled(title: string, ...flags: string[]): string {
  if (!title.endsWith('.ts')) return title
  tsc('--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', ...flags, title)
  return title.replace('.ts', '.js')
}

function tsc(...args: string[]): void {
  run(process.execPath, 'node_modules/typescript/bin/tsc', ...args)
}

function programOf(title: string): string {
  const block = blocksOf(readFileSync('README.md', 'utf8')).find((candidate) => candidate.title === title)
  if (!block) throw new Error(`README.md has no block \`\`\`ts title="${title}"`)
  return block.text
}

async function numbersOf(body: Locator): Promise<string> {
  return (await body.textContent())?.match(/\d+/g)?.join(' ') ?? ''
}

/** Runs a command in the newcomer's folder; what it printed is in the error when it fails. */
function run(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
