import { test as base, type Page } from '@playwright/test'
import { type Connection, type ScriptedCable, scriptedCable } from './scripted-cable.ts'

interface Fixtures {
  cable: ScriptedCable
  /** Opens a page with this body, and gives its first connection. */
  open(body: string, path?: string): Promise<Connection>
  /** The `reflex:` events that the page has dispatched, as `stage#id`, with the status when it has one. */
  stages(): Promise<string[]>
}

/** Tests of the client alone, against a cable that the test itself answers. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  cable: async ({}, use) => {
    const cable = await scriptedCable()
    await use(cable)
    await cable.close()
  },
  open: async ({ page, cable }, use) => {
    await page.addInitScript(() => {
      const seen: string[] = []
      Object.assign(globalThis, { seen })
      const stages = ['before', 'queued', 'delivered', 'success', 'error', 'halted', 'forbidden', 'after', 'finalize']
      for (const stage of stages) {
        document.addEventListener(`reflex:${stage}`, (event) => {
          const { id, status } = (event as CustomEvent).detail
          seen.push(`${stage}#${id}${status ? ` ${status}` : ''}`)
        })
      }
    })
    await use(async (body, path = '/') => {
      cable.pages.set(path, body)
      const [connection] = await Promise.all([cable.connection(), page.goto(cable.origin + path)])
      return connection
    })
  },
  stages: async ({ page }, use) => {
    await use(() => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen))
  },
})

export { expect } from '@playwright/test'

/** Calls an action from a script of the page; gives what its promise came to. */
export function stimulate(page: Page, target: string, ...args: unknown[]): Promise<unknown> {
  return page.evaluate(
    ([target, ...args]) => {
      const { Patella } = globalThis as unknown as { Patella: { stimulate(...call: unknown[]): Promise<unknown> } }
      return Patella.stimulate(target, ...args).then(
        (value) => ({ value }),
        ({ status, code, id, issues }) => ({ status, code, id, issues }),
      )
    },
    [target, ...args],
  )
}
