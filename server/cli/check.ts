import { createBrowser } from './browser.ts'
import { checkCable } from './check-cable.ts'
import { checkCookie, checkOrigin } from './check-cookie.ts'
import { checkHealth, checkPage, checkScript } from './check-page.ts'
import { remedies } from './remedies.ts'
import type { CheckOptions, Tell, Visit } from './visit.ts'

/** Steps in their order; one that finds that going on makes no sense gives false. */
const steps: readonly (readonly [name: string, step: (visit: Visit, tell: Tell) => Promise<boolean>])[] = [
  ['page', checkPage],
  ['script', checkScript],
  ['ready', checkHealth],
  ['cookie', checkCookie],
  ['origin', checkOrigin],
  ['upgrade', checkCable],
]

/** Visits a page as a browser does, and tells of each step. */
export async function runCheck(url: URL, options: CheckOptions, tell: Tell): Promise<void> {
  const visit: Visit = {
    browser: createBrowser(options),
    options,
    page: url,
    script: undefined,
    path: options.path || '/patella',
    cable: url,
    setCookie: [],
  }
  for (const [name, step] of steps) if (!(await step(visit, tell).catch((error) => broken(name, error, tell)))) return
}

/** A step to which nothing answered, or nothing that could be read. */
function broken(step: string, error: Error, tell: Tell): false {
  tell({ step, ok: false, detail: error.message, remedy: remedies.broken })
  return false
}
