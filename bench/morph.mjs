/**
 * `npm run bench:morph`: what it takes, in real Chromium, to bring a table of 1,000 rows on the page to new HTML that is given as
 * text, layout included: Patella's patcher beside morphdom, idiomorph and plain `innerHTML`. The median of `repetitions`. A goal
 * is the best peer's time in the same run. `-- --json` prints one object per line, `-- --only "one cell"` one row.
 */
import { fileURLToPath } from 'node:url'
import { chromium } from '@playwright/test'
import { build } from 'esbuild'
import { chromiumArgs, ensureChromium } from '../scripts/chromium.mjs'
import { createReport } from './report.mjs'
import { createTable, engines } from './table.mjs'

const repetitions = 15

const { rows } = createTable(2_000)
const table = rows.slice(0, 1_000)
const changed = (row) => ({ ...row, cents: row.cents + 1, amount: ((row.cents + 1) / 100).toFixed(2) })

/** What becomes of the table. */
const events = {
  'no change': table,
  'one cell': table.with(499, changed(table[499])),
  'every tenth row': table.map((row, index) => (index % 10 ? row : changed(row))),
  'insert in the middle': table.toSpliced(500, 0, rows[1_000]),
  'remove in the middle': table.toSpliced(500, 1),
  'swap two': table.with(1, table[998]).with(998, table[1]),
  'last to first': [table[999], ...table.slice(0, 999)],
  'append 1,000': rows,
}

/** Most that Patella may take of morphdom's time, where it is to do more than be ahead of all. */
const shares = { 'one cell': 1 / 3 }

main()

async function main() {
  const report = createReport('morph', 'ms', { ratioTo: 'morphdom' })
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...chromiumArgs, '--js-flags=--expose-gc'],
  })
  try {
    const page = await isolatedPage(browser)
    await page.addScriptTag({ content: await pageScript() })
    for (const [name, after] of Object.entries(events)) {
      if (!report.wanted(name)) continue
      const { Patella, ...peer } = await measured(page, textOf(table), textOf(after))
      const goal = Math.min(...Object.values(peer), peer.morphdom * (shares[name] ?? 1))
      report.row(name, Patella, { goal: rounded(goal), peer })
    }
  } finally {
    await browser.close()
  }
  report.end()
}

/** A page whose clock is exact to 5 µs; that of others is to 100. */
async function isolatedPage(browser) {
  const page = await browser.newPage()
  await page.route('**/*', (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
      body: '<!doctype html><title>Morph</title><body></body>',
    }),
  )
  await page.goto('http://localhost/')
  if (!(await page.evaluate(() => crossOriginIsolated)))
    throw new Error('The page is not isolated: its clock is coarse.')
  return page
}

async function pageScript() {
  const entry = fileURLToPath(new URL('morph-page.mjs', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0].text
}

/** Medians, by engine. */
async function measured(page, from, to) {
  const times = await page.evaluate((given) => globalThis.measure(...given), [from, to, repetitions])
  return Object.fromEntries(Object.entries(times).map(([engine, all]) => [engine, rounded(median(all))]))
}

function textOf(rows) {
  return String(engines.html({ rows }))
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1]
}

function rounded(ms) {
  return Math.round(ms * 100) / 100
}
