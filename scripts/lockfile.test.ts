import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type Packages = Record<string, { optionalDependencies?: Record<string, string> }>

// Written where a registry did not know them, a lock file lacks other platforms' binaries, and `npm ci` fails there or
// installs tools that cannot run (npm/cli#4828).
test('package-lock.json names the binaries of every platform', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Packages }
  const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
  const present = Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13))
  expect(wanted.filter((name) => !present.includes(name))).toEqual([])
})
