import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Locator, test } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { blocksOf } from '../../scripts/markdown.mjs'
import { pack } from '../../scripts/pack.mjs'

/**
 * What somebody does who has just heard of Patella: install the package in an empty folder, type in what the README
 * prints, compile it, run it, click. The programs are the README's blocks of these titles, word for word.
 */
const programs = ['server.ts', 'express.ts']

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const beside = ['typescript', 'express', '@types/express', '@types/node']

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
  run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', packed.tarball, ...versions)
})

test.afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds what it should and runs nothing when it is installed', () => {
  const allowed =
    /^(?:dist\/(?:client|protocol|server)\/|docs\/[^/]+\.md$|protocol\/PROTOCOL\.md$|(?:README|CHANGELOG)\.md$|LICENSE$|package\.json$)/
  expect(files.filter((file) => !allowed.test(file) || /\.(?:test|spec)\./.test(file))).toEqual([])
  for (const file of ['README.md', 'LICENSE', 'dist/server/index.d.ts', 'dist/client/client.js']) {
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

test('a CommonJS app uses it', () => {
  copyFileSync('e2e/newcomer/app.cjs', join(folder, 'app.cjs'))
  expect(run(process.execPath, 'app.cjs')).toBe('<b>&lt;</b>')
})

for (const title of programs) {
  test(`the README's ${title} compiles, runs and counts`, async ({ page }) => {
    const port = await freePort()
    const program = programOf(title)
    writeFileSync(join(folder, title), program.replaceAll('3000', String(port)))
    const strict = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--types', 'node']
    run(process.execPath, 'node_modules/typescript/bin/tsc', ...strict, title)

    const server = spawn(process.execPath, [title.replace('.ts', '.js')], { cwd: folder, stdio: 'inherit' })
    try {
      const path = /\.(?:page|get)\(\s*'([^']+)'/.exec(program)?.[1] ?? '/'
      await expect(() => page.goto(`http://localhost:${port}${path}`)).toPass()
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
    } finally {
      server.kill()
    }
  })
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
