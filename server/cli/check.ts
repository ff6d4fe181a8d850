import { createBrowser } from './browser.ts'
import { checkCable } from './check-cable.ts'
import { checkCookie, checkOrigin } from './check-cookie.ts'
import { checkHealth, checkPage, checkScript } from './check-page.ts'
import type { CheckOptions, Tell, Visit } from './visit.ts'

/** Steps in their order; one that finds that going on makes no sense gives false. */
const steps: readonly ((visit: Visit, tell: Tell) => Promise<boolean>)[] = [
  checkPage,
  checkScript,
  checkHealth,
  checkCookie,
  checkOrigin,
  checkCable,
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
  for (const step of steps) if (!(await step(visit, tell))) return
}
