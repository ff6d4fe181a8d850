/**
 * Builds dist/: the client's bundles by esbuild, the server by tsc (one JavaScript file for each source file), types by
 * tsc. Everything is built beside dist/ and swapped in at the end, so that a running server never reads half a build.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle, bundles } from './scripts/client.mjs'
import { fingerprint, root, stampFile } from './scripts/prepare.mjs'

const next = join(root, `.cache/dist-${process.pid}`)
const old = `${next}-old`

main()

async function main() {
  const built = fingerprint()
  mkdirSync(next, { recursive: true })
  const [bundled, ...typed] = await Promise.all([client(), tsc('tsconfig.build.json'), tsc('tsconfig.client.json')])
  if (bundled) {
    // As with tsc itself, a type error leaves the output; without the stamp, the next start builds again.
    if (typed.every(Boolean)) writeFileSync(join(next, stampFile), built)
    if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
    renameSync(next, join(root, 'dist'))
  }
  for (const folder of [next, old]) rmSync(folder, { recursive: true, force: true })
  process.exitCode = bundled && typed.every(Boolean) ? 0 : 1
}

/** Resolves to whether every bundle was built; esbuild prints what is wrong. */
async function client() {
  const folder = join(next, 'client')
  mkdirSync(folder, { recursive: true })
  const results = await Promise.allSettled(
    Object.keys(bundles).map(async (name) => {
      const { code, map } = await bundle(name)
      writeFileSync(join(folder, name), code)
      writeFileSync(join(folder, `${name}.map`), map)
    }),
  )
  return results.every(({ status }) => status === 'fulfilled')
}

/** Resolves to whether the types are right; tsc prints what is wrong. */
function tsc(project) {
  const args = ['node_modules/typescript/bin/tsc', '-p', project, '--outDir', next]
  return new Promise((resolve) => {
    spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('exit', (code) => resolve(code === 0))
  })
}
