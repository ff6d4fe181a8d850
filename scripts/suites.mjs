/** How each kind of suite is run and counted: a tool counts as one test, vitest and Playwright by their JSON reports. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ name: string, run: () => Promise<Counts> }} Suite
 */

const node24Version = '24.21.0'
const windows = process.platform === 'win32'

/**
 * A command of node_modules/.bin or a script of this repository. What it prints is shown when it fails.
 * @param {string} name
 * @param {() => string[]} command called just before it runs; may throw what is wrong
 * @returns {Suite}
 */
export function tool(name, command) {
  return {
    name,
    run: async () => {
      const { code, output } = await silently(command())
      if (code !== 0) process.stdout.write(output)
      return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
    },
  }
}

/** @param {string} name @param {() => string} node path of the Node to run it on @returns {Suite} */
export function vitest(name, node) {
  return {
    name,
    run: async () => {
      const report = newReport(name)
      const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json']
      const code = await openly([node(), ...args, `--outputFile.json=${report}`])
      return counted(code, vitestCounts(readReport(report)))
    },
  }
}

/** @param {string} name also of the project @param {() => string} chromium path of the browser @returns {Suite} */
export function playwright(name, chromium) {
  return {
    name,
    run: async () => {
      const report = newReport(name)
      const args = ['node_modules/@playwright/test/cli.js', 'test', `--project=${name}`, '--reporter=list,json']
      const env = { CHROMIUM: chromium(), PLAYWRIGHT_JSON_OUTPUT_FILE: report }
      const code = await openly([process.execPath, ...args], env)
      return counted(code, playwrightCounts(readReport(report)))
    },
  }
}

/** Path of a Node 24, fetched from npm on first use: as a dependency its 100 MB would be everyone's. */
export function node24() {
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const prefix = join(root, '.cache/node24')
  const binary = join(prefix, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    const args = ['install', '--prefix', prefix, '--no-save', '--no-package-lock', '--no-audit', '--no-fund']
    const { stderr } = spawnSync('npm', [...args, `${name}@${node24Version}`], { encoding: 'utf8', shell: windows })
    if (!existsSync(binary)) throw new Error(`Node ${node24Version} could not be installed.\n${stderr}`)
  }
  return binary
}

function vitestCounts({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  // A file that cannot be loaded has no tests and is one failure.
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  }
}

function playwrightCounts({ stats, errors }) {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + errors.length, skipped: stats.skipped }
}

/** A runner that fails without naming a test, say for an unhandled rejection, is one failure. */
function counted(code, counts) {
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}

/** Runs and collects what is printed. */
function silently([name, ...args]) {
  const command = name.endsWith('.mjs') ? [process.execPath, name] : [join('node_modules/.bin', name)]
  let output = ''
  const child = launch([...command, ...args], 'pipe')
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}

/** Runs in full view. */
function openly(command, env) {
  return new Promise((resolve) => launch(command, 'inherit', env).on('close', resolve))
}

function launch([command, ...args], stdio, env = {}) {
  // What npm links in .bin is a batch file on Windows, which only a shell runs.
  const shell = windows && command.includes('.bin')
  return spawn(command, args, { cwd: root, stdio, shell, env: { ...process.env, ...env } })
}

function newReport(name) {
  const path = join(root, '.cache', `${name.replaceAll(' ', '-')}.json`)
  rmSync(path, { force: true })
  return path
}

function readReport(path) {
  if (!existsSync(path)) throw new Error('The runner ended without a report.')
  return JSON.parse(readFileSync(path, 'utf8'))
}
