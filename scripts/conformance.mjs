/**
 * `node scripts/conformance.mjs`: runs the suite of hosts and prints it as a table, host by row. Each cell has a mark for
 * the app at the root, mounted by an outer app, and behind a proxy that takes its path off.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './prepare.mjs'

const places = ['root', 'mounted', 'stripped']
const report = join(root, '.cache/conformance.json')
const marks = { passed: '✓', failed: '✘' }

main()

function main() {
  mkdirSync(join(root, '.cache'), { recursive: true })
  rmSync(report, { force: true })
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'server/host/conformance.test.ts', '--reporter=json']
  const { status, stderr } = spawnSync(process.execPath, [...vitest, `--outputFile=${report}`], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) process.stdout.write(`${stderr}\n`)
  process.exitCode = status ?? 1
  const results = JSON.parse(readFileSync(report, 'utf8')).testResults[0].assertionResults
  process.stdout.write(table(rowsOf(results)) + reasons(results))
}

/** Marks by row, host and place. */
function rowsOf(results) {
  const rows = new Map()
  for (const { ancestorTitles, title, status } of results) {
    const [host, place] = (ancestorTitles.at(-1) ?? '').split(' · ')
    if (!places.includes(place)) continue
    const row = rows.get(title) ?? rows.set(title, new Map()).get(title)
    const cell = row.get(host) ?? row.set(host, {}).get(host)
    cell[place] = marks[status] ?? '?'
  }
  return rows
}

function table(rows) {
  const hosts = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))]
  const width = Math.max(...[...rows.keys()].map((title) => title.length))
  const line = (title, cells) =>
    `${title.padEnd(width)}  ${cells.map((cell, at) => cell.padEnd(hosts[at].length)).join('  ')}\n`
  const marksOf = (cell = {}) => places.map((place) => cell[place] ?? '–').join('')
  return [
    line('', hosts),
    ...[...rows].map(([title, row]) =>
      line(
        title,
        hosts.map((host) => marksOf(row.get(host))),
      ),
    ),
    `
${places.join(', ')}; – left out, or a row that mounts apps itself
`,
  ].join('')
}

/** Why hosts leave rows out, as the suite's last test found it: the same reason at several places is printed once. */
function reasons(results) {
  const { left = {} } = results.map(({ meta }) => meta).find((meta) => meta?.left) ?? {}
  const lines = Object.entries(left).flatMap(([where, rows]) =>
    rows.map(([title, reason]) => `${where.split(' · ')[0]}: ${title}: ${reason}\n`),
  )
  return `\nLeft out:\n${[...new Set(lines)].join('')}`
}
