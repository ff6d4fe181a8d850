import { expect, test } from '@playwright/test'
import { events, measureBytes } from '../bench/measure-bytes.mjs'
import { engines } from '../bench/table.mjs'
import { type Child, startServer } from './support/child.ts'

/** Bytes on the wire of the pages of the peers' benchmarks: `npm run bench:bytes` prints them beside the peers'. */

let app: Child
test.beforeAll(async () => {
  app = await startServer('bench/app.mjs')
})
test.afterAll(() => app.stop())

test('a counter', async ({ page }) => {
  const { join, '+1': click } = await measureBytes(page, `http://localhost:${app.port}/counter`, events.counter)
  expect(join?.up).toBeLessThanOrEqual(700)
  expect(join?.down).toBeLessThanOrEqual(300)
  expect(click?.up).toBeLessThanOrEqual(130)
  expect(click?.down).toBeLessThanOrEqual(80)
})

for (const engine of Object.keys(engines))
  test(`a table of 1,000 rows, by ${engine}`, async ({ page }) => {
    const url = `http://localhost:${app.port}/table/${engine}`
    const { join, one, all, prepend, sort } = await measureBytes(page, url, events.table)
    expect(join?.down).toBeLessThanOrEqual(300)
    // Engines have their own white space.
    const share = engine === 'html' ? 1 : 1.1
    expect(one?.down).toBeLessThanOrEqual(90 * share)
    expect(all?.down).toBeLessThanOrEqual(15_000 * share)
    expect(prepend?.down).toBeLessThanOrEqual(300 * share)
    expect(sort?.down).toBeLessThanOrEqual(9_000 * share)
  })
