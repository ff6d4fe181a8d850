/**
 * Makes a clone ready to run: dependencies and build, each only when it is missing or out of date.
 * Node's built-in modules alone, for nothing else is there yet.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** In dist/: the fingerprint of what was built. */
export const stampFile = '.stamp'

const sources = [
  'protocol',
  'server',
  'client',
  'examples',
  'build.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
]

/** Installs what package-lock.json names, and ends the process when that fails. */
export function install() {
  if (installed()) return
  const started = Date.now()
  process.stdout.write('Installing dependencies (npm ci) … ')
  const { status, stdout, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) fail(`failed\n${stdout}${stderr}`)
  process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0)} s\n`)
}

/** Builds dist/ when a source changed since the last build, and ends the process when that fails. */
export function build() {
  const stamp = join(root, 'dist', stampFile)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()) return
  process.stdout.write('Building … ')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['build.mjs'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) fail(`failed\n${stdout}${stderr}`)
  process.stdout.write('done\n')
}

/** Name, size and time of every source file in one digest: another one means that dist/ is out of date. */
export function fingerprint() {
  const digest = createHash('sha256')
  for (const path of sources.flatMap((source) => filesOf(join(root, source)))) {
    const { size, mtimeMs } = statSync(path)
    digest.update(`${path} ${size} ${mtimeMs}\n`)
  }
  return digest.digest('hex')
}

/**
 * Compares what npm noted of its last install with package-lock.json: times would say nothing, for a clone's files all
 * have the time of the clone. Optional packages may be absent: they are other platforms'.
 */
function installed() {
  const wanted = packagesOf('package-lock.json')
  const present = packagesOf('node_modules/.package-lock.json')
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || present[path]?.version === version || (optional && !present[path]),
  )
}

/** @param {string} file @returns {Record<string, { version: string, optional?: boolean }>} */
function packagesOf(file) {
  const path = join(root, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

/** @param {string} path @returns {string[]} */
function filesOf(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)))
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
