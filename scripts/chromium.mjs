/** Finds the Chromium that end-to-end tests drive, and installs one where there is none. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Switches that keep a test's browser small, silent and off the network. Root has no sandbox to run in. */
export const chromiumArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Path of the first that exists: the one named by CHROMIUM, the system's, Playwright's own.
 * @returns {string | undefined}
 */
export function findChromium() {
  return [process.env.CHROMIUM, '/usr/bin/chromium', playwrightChromium()].find((path) => path && existsSync(path))
}

/**
 * As `findChromium`, installing one first where there is none: by apt as root on Debian and its kin, else Playwright's.
 * @returns {string | undefined}
 */
export function ensureChromium() {
  const found = findChromium()
  if (found) return found
  process.stdout.write('Installing Chromium …\n')
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'])
  }
  if (!findChromium()) run(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium'])
  return findChromium()
}

export const chromiumMissing =
  'No Chromium. Install it (Debian: apt install chromium), or name one: CHROMIUM=/path/to/chromium'

function playwrightChromium() {
  try {
    return createRequire(import.meta.url)('playwright-core').chromium.executablePath()
  } catch {
    return undefined
  }
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0
}
