/**
 * `npm test`: installs what is missing, runs every suite, and ends with `N passed, N failed` over all of them.
 * `npm test -- unit e2e` builds and runs the named ones; `--full` takes the long counts, and Firefox and WebKit as well.
 * With CI set, a skipped test is a failed one.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumMissing, ensureChromium } from './chromium.mjs'
import { pack } from './pack.mjs'
import { install, root } from './prepare.mjs'
import { ensureProgram } from './programs.mjs'
import { node24, playwright, tool, vitest } from './suites.mjs'

const suites = [
  tool('biome', () => ['biome', 'check', '--error-on-warnings']),
  tool('tsc', () => ['tsc']),
  tool('build', () => ['build.mjs']),
  tool('publint', () => ['publint', pack().tarball, '--strict']),
  tool('attw', () => ['attw', pack().tarball, '--profile', 'esm-only']),
  tool('knip', () => ['knip']),
  tool('size', () => ['scripts/size.mjs']),
  tool('docs', () => ['scripts/docs.mjs']),
  vitest('unit', nodeAndServers),
  vitest('unit on Node 24', node24),
  playwright('e2e', browserAndServers),
  playwright('newcomer', chromium),
  { ...playwright('browsers', allBrowsers), full: true },
]

const options = process.argv.slice(2)
if (options.includes('--full')) process.env.PATELLA_FULL = '1'
main(options.filter((option) => !option.startsWith('--')))

async function main(named) {
  install()
  mkdirSync(join(root, '.cache'), { recursive: true })
  const chosen = suites.filter(({ name, full }) => {
    return named.length === 0 ? !full || process.env.PATELLA_FULL : named.includes(name) || name === 'build'
  })
  const results = []
  for (const suite of chosen) {
    process.stdout.write(`▸ ${suite.name}\n`)
    results.push(await run(suite))
    process.stdout.write(`${line(results.at(-1))}\n`)
  }
  const sum = (of) => results.reduce((total, result) => total + result[of], 0)
  process.exitCode = sum('failed') > 0 ? 1 : 0
  process.stdout.write(`\n${results.map(line).join('\n')}\n\n${sum('passed')} passed, ${sum('failed')} failed\n`)
}

async function run({ name, run }) {
  const started = Date.now()
  const counts = await run().catch((error) => {
    process.stdout.write(`${error.message}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  })
  const failed = counts.failed + (process.env.CI ? counts.skipped : 0)
  return { ...counts, failed, name, seconds: (Date.now() - started) / 1000 }
}

function line({ name, passed, failed, skipped, seconds }) {
  const mark = failed > 0 ? '✘' : '✓'
  const rest = skipped > 0 ? `, ${skipped} skipped` : ''
  return `${mark} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s  ${passed} passed, ${failed} failed${rest}`
}

/** What tests need is there before the first of them runs: several at once would install it in each other's way. */
function ensurePrograms(...names) {
  for (const name of ['redis', 'memcached', 'postgres', 'mariadb', ...names]) ensureProgram(name)
}

function nodeAndServers() {
  ensurePrograms()
  return process.execPath
}

function browserAndServers() {
  ensurePrograms('nginx')
  return chromium()
}

function allBrowsers() {
  for (const name of ['firefox', 'webkit', 'xvfb']) ensureProgram(name)
  return chromium()
}

function chromium() {
  const path = ensureChromium()
  if (!path) throw new Error(chromiumMissing)
  return path
}
