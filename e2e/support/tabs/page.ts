/** What runs in the page on a driver's behalf, by source. */

/** Source of a function that takes JSON text and resolves with JSON text, for `resultOf`; it never rejects. */
export function sourceOf<A, R>(run: (arg: A) => R | Promise<R>): string {
  return `(json) => (${inPage})(${run}, json)`
}

/** What `evaluate` rejects with when the page is left before its function has ended. */
export class PageLeft extends Error {
  override name = 'PageLeft'
}

export function resultOf<R>(json: string): R {
  const { value, error, left } = JSON.parse(json)
  if (left) throw new PageLeft('The page was left.')
  if (error !== undefined) throw new Error(error)
  return value
}

/** JSON text of an argument; `undefined` has none. */
export function jsonOf(arg: unknown): string {
  return JSON.stringify(arg) ?? ''
}

/** A page that is left takes its promises along, and not every browser says so: here they end. */
async function inPage<A, R>(run: (arg: A) => R | Promise<R>, json: string): Promise<string> {
  const done = new AbortController()
  const left = new Promise<string>((resolve) => {
    addEventListener('pagehide', () => resolve('{"left":true}'), { signal: done.signal })
  })
  const result = (async () => JSON.stringify({ value: await run(json ? JSON.parse(json) : undefined) }))()
  try {
    return await Promise.race([result, left])
  } catch (error) {
    return JSON.stringify({ error: String((error as Error)?.message ?? error) })
  } finally {
    done.abort()
  }
}

/** Scrolls the first such element into view; true once its middle is where it was a frame ago, and uncovered. */
export async function clickable(selector: string): Promise<boolean> {
  const element = document.querySelector(selector)
  if (!element) return false
  element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
  const before = element.getBoundingClientRect()
  await new Promise(requestAnimationFrame)
  const { x, y, width, height } = element.getBoundingClientRect()
  const there = document.elementFromPoint(x + width / 2, y + height / 2)
  return x === before.x && y === before.y && element.contains(there)
}
