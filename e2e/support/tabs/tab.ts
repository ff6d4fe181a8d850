import type { PageLike } from '../../../client/playwright.ts'
import { PageLeft } from './page.ts'

/** A page of some browser, as far as the tests of all browsers need one. */
export interface Tab {
  readonly browser: Browser
  /** Errors of the console, and those that no script has caught. In WebKit those since `evaluate` first saw the page. */
  readonly problems: readonly string[]
  /** Resolves when the page has loaded. */
  open(url: string): Promise<void>
  /**
   * Runs the function's source in the page, where it sees nothing but its argument. That and the result are JSON or
   * undefined; a promise is awaited. Rejects with the message of what it throws, or with `PageLeft`.
   */
  evaluate<A, R>(run: (arg: A) => R | Promise<R>, arg?: A): Promise<R>
  /** A mouse's click in the middle of the first such element, scrolled into view, once it is there and uncovered. */
  click(selector: string): Promise<void>
  /** Keys into what has the focus; `\n` is Enter. */
  type(text: string): Promise<void>
  /** One key by its DOM name, with others held: `Tab`, `Enter`, `Control+z`. */
  press(keys: string): Promise<void>
  /** One step back in history; resolves when that page is shown. */
  back(): Promise<void>
  /** May be called twice. */
  close(): Promise<void>
}

export type Browser = 'chromium' | 'firefox' | 'webkit'

/** A browser that is running. */
export interface Driver {
  /** A tab with cookies of its own, and none at first. */
  newTab(): Promise<Tab>
  /** Ends the browser and removes what it wrote. May be called twice. */
  close(): Promise<void>
}

/** How long `until` waits, ms. */
const limit = 10_000

/**
 * Resolves with what the function returns in the page, as soon as that is truthy: it is called once a frame, and what it
 * throws counts as not yet. When the page is left, it goes on in the next one. Rejects after 10 s.
 */
export async function until<A, R>(tab: Tab, run: (arg: A) => R | Promise<R>, arg?: A): Promise<R> {
  const end = performance.now() + limit
  for (;;) {
    const left = Math.max(0, end - performance.now())
    const source = new Function('arg', `return (${poll})(${run}, arg, ${left})`) as (arg: A) => Promise<Polled<R>>
    const polled = await tab.evaluate(source, arg).catch((error) => {
      if (error instanceof PageLeft) return undefined
      throw error
    })
    if (polled?.value) return polled.value
    const wanted = `${run}${arg === undefined ? '' : ` of ${JSON.stringify(arg)}`}`
    if (polled) throw new Error(`${tab.browser} waited ${limit} ms for ${wanted}${polled.error ?? ''}`)
  }
}

/** For the helpers of `patella/playwright`. */
export function pageOf(tab: Tab): PageLike {
  return { evaluate: (run, arg) => tab.evaluate(run, arg), waitForFunction: (run) => until(tab, run) }
}

interface Polled<R> {
  value?: R
  /** What the function threw the last time. */
  error?: string
}

/** Runs in the page. */
function poll<A, R>(run: (arg: A) => R | Promise<R>, arg: A, limit: number): Promise<Polled<R>> {
  const end = performance.now() + limit
  return new Promise((resolve) => {
    const look = async () => {
      const polled: Polled<R> = {}
      try {
        polled.value = await run(arg)
      } catch (thrown) {
        polled.error = `\nwhich threw ${thrown}`
      }
      if (polled.value || performance.now() > end) resolve(polled)
      else requestAnimationFrame(look)
    }
    look()
  })
}
