/**
 * `npm run bench:bytes`: what one event costs on the wire, by real Chromium, beside what the peers' cost on the same pages.
 * `-- --json` prints one object per line, `-- --only "one down"` one row.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { chromium } from '@playwright/test'
import { chromiumArgs, ensureChromium } from '../scripts/chromium.mjs'
import { events, measureBytes } from './measure-bytes.mjs'
import { createReport } from './report.mjs'
import { engines } from './table.mjs'

/** LiveView 1.2.10 keyed, and StimulusReflex 3.5.5 by page morph, measured on these pages: bytes. */
const peers = {
  'counter up': [95, 1_016],
  'counter down': [93, 1_523],
  'one up': [106, 1_038],
  'one down': [128, 233_922],
  'all up': [95, 1_020],
  'all down': [20_997, 233_912],
  'prepend up': [99, 1_014],
  'prepend down': [10_001, 234_142],
  'sort up': [96, 1_014],
  'sort down': [9_897, 233_906],
  'join counter up': [858, 80],
  'join counter down': [274, 88],
  'join table up': [850, 80],
  'join table down': [99_969, 88],
}
const goals = {
  'counter up': 130,
  'counter down': 80,
  'one down': 90,
  'all down': 15_000,
  'prepend down': 300,
  'sort down': 9_000,
  'join counter up': 700,
  'join counter down': 300,
  'join table up': 700,
  'join table down': 300,
}

main()

async function main() {
  const report = createReport('bytes', 'B')
  const app = spawn(process.execPath, ['bench/app.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = await once(createInterface(app.stdout), 'line')
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: chromiumArgs })
  const on = async (path, buttons) => {
    const page = await browser.newPage()
    const measured = await measureBytes(page, `${url}${path}`, buttons)
    await page.close()
    return measured
  }
  const row = (name, value) => {
    const [liveView, stimulusReflex] = peers[name] ?? []
    report.row(name, value, {
      goal: goals[name],
      peer: liveView && { LiveView: liveView, StimulusReflex: stimulusReflex },
    })
  }
  try {
    const counter = await on('counter', events.counter)
    for (const way of ['up', 'down']) row(`counter ${way}`, counter['+1'][way])
    const table = await on('table/html', events.table)
    for (const name of events.table) for (const way of ['up', 'down']) row(`${name} ${way}`, table[name][way])
    for (const way of ['up', 'down']) row(`join counter ${way}`, counter.join[way])
    for (const way of ['up', 'down']) row(`join table ${way}`, table.join[way])
    for (const engine of Object.keys(engines).slice(1)) {
      const same = await on(`table/${engine}`, events.table)
      for (const name of events.table) row(`${name} down, ${engine}`, same[name].down)
    }
  } finally {
    await browser.close()
    app.kill()
  }
  report.end()
}
