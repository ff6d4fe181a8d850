import type { ReflexEventDetail } from './lifecycle.ts'

/** What is needed of a page: Playwright's `Page`, without importing it. */
export interface PageLike {
  evaluate<R, A>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>
  waitForFunction(run: () => unknown): Promise<unknown>
}

/** How a reflex ended: the detail of its `reflex:finalize`, as far as it can leave the browser. */
export interface ReflexEnd extends Pick<ReflexEventDetail, 'reflex' | 'id' | 'status' | 'result' | 'morph'> {
  error?: { status: string; code: string; message: string; issues: Record<string, string[]> }
}

/** Resolves when the page's connection stands. */
export async function connected(page: PageLike): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.patellaState === 'connected')
}

/** Resolves when the page is connected and nothing is pending: no request, no debounced event, no change of cookie. */
export async function settled(page: PageLike): Promise<void> {
  await page.waitForFunction(() => {
    const { patellaState, patellaPending } = document.documentElement.dataset
    return patellaState === 'connected' && patellaPending === '0'
  })
}

/**
 * Resolves when a reflex of this name has ended, with how it ended; `action` is what sets it off, and begins when the ending
 * can no longer be missed.
 *
 * @example
 * const { status } = await reflex(page, 'counter#increment', () => page.getByRole('button').click())
 */
export async function reflex(page: PageLike, name: string, action?: () => Promise<unknown>): Promise<ReflexEnd> {
  const key = await page.evaluate(listen, name)
  await action?.()
  return page.evaluate(take, key)
}

interface Waiting {
  patellaEnds?: Map<number, Promise<ReflexEnd>>
}

function listen(name: string): number {
  const page = globalThis as Waiting
  page.patellaEnds ??= new Map()
  const key = page.patellaEnds.size
  page.patellaEnds.set(
    key,
    new Promise((resolve) => {
      document.addEventListener('reflex:finalize', function ended({ detail }: Event & { detail?: ReflexEventDetail }) {
        if (detail?.reflex !== name) return
        document.removeEventListener('reflex:finalize', ended)
        const { reflex, id, status, result, morph, error } = detail
        const { status: kind, code, message, issues } = error ?? {}
        resolve({
          reflex,
          id,
          status,
          result,
          morph,
          ...(error && { error: { status: kind, code, message, issues } }),
        } as ReflexEnd)
      })
    }),
  )
  return key
}

function take(key: number): Promise<ReflexEnd> {
  return (globalThis as Waiting).patellaEnds?.get(key) as Promise<ReflexEnd>
}
