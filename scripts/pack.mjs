/** The tarball that `npm publish` would upload, made of the present dist/. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

/** @returns {{ tarball: string, files: string[] }} its path, and the paths in it */
export function pack() {
  const folder = join(root, '.cache/pack')
  mkdirSync(folder, { recursive: true })
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const npm = { cwd: root, encoding: /** @type {const} */ ('utf8'), shell: process.platform === 'win32' }
  const { status, stdout, stderr } = spawnSync('npm', args, npm)
  if (status !== 0) throw new Error(`npm pack failed.\n${stderr}`)
  // An array up to npm 11, an object by package name from npm 12 on.
  const [packed] = Object.values(JSON.parse(stdout))
  return { tarball: join(folder, packed.filename), files: packed.files.map((file) => file.path) }
}
