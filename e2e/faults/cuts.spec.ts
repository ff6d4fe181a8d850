import { connected } from '../../client/playwright.ts'
import { expect, test } from '../support/faults.ts'
import { createRandom } from '../support/random.ts'

const rounds = process.env.PATELLA_FULL ? 1_000 : 100

/** More bytes than a click's request, or its reply, has: some cuts fall behind it, into the next round. */
const reach = { up: 130, down: 200 }

test(`the connection is cut between click and answer, ${rounds} times: each click counts once`, async ({
  page,
  wire,
}) => {
  test.setTimeout(rounds * 2_000)
  const { seed, below } = createRandom(process.env.PATELLA_SEED)
  test.info().annotations.push({ type: 'seed', description: String(seed) })
  process.stdout.write(`cuts: PATELLA_SEED=${seed}\n`)

  await page.goto('/counter')
  await connected(page)
  await page.evaluate(countEndings)
  for (let round = 1; round <= rounds; round++) {
    const direction = below(2) === 0 ? 'up' : 'down'
    const bytes = below(reach[direction])
    wire.cutAfter(bytes, direction)
    const seen = await page.evaluate(click)
    expect(seen, `round ${round}, cut after ${bytes} bytes ${direction}, PATELLA_SEED=${seed}`).toBe(String(round))
  }
  expect(wire.cuts, 'most rounds are cut').toBeGreaterThan(rounds / 2)
  wire.disarm()
  expect(await page.evaluate(() => document.documentElement.dataset.endings)).toBe(`ok ${rounds}`)
  await page.reload()
  await expect(page.locator('#count')).toHaveText(String(rounds))
})

async function click(): Promise<string | null | undefined> {
  document.querySelector<HTMLElement>('button.main')?.click()
  await Patella.settled()
  return document.getElementById('count')?.textContent
}

/** Notes how requests ended, and saves each round the wait before a new connection. */
function countEndings(): void {
  const endings: Record<string, number> = {}
  document.addEventListener('reflex:finalize', (event) => {
    const { status } = (event as CustomEvent<{ status: string }>).detail
    endings[status] = (endings[status] ?? 0) + 1
    document.documentElement.dataset.endings = Object.entries(endings).flat().join(' ')
  })
  document.addEventListener('patella:disconnected', () => queueMicrotask(() => dispatchEvent(new Event('online'))))
}
