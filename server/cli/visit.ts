import type { Browser, BrowserOptions } from './browser.ts'

/** What one step found. */
export interface Finding {
  readonly step: string
  readonly ok: boolean
  readonly detail: string
  readonly remedy?: string
  /** Nothing answered at all. */
  readonly unreachable?: true
}

export type Tell = (finding: Finding) => void

export interface CheckOptions extends BrowserOptions {
  readonly idleMs: number
  /** Where Patella's routes are, when the page does not tell; '' for the default. */
  readonly path: string
}

/** What the steps pass on to each other. */
export interface Visit {
  readonly browser: Browser
  readonly options: CheckOptions
  /** The page's address, redirects followed. */
  page: URL
  /** The script's, as the page names it. */
  script: URL | undefined
  /** Patella's own routes. */
  path: string
  cable: URL
  /** Set-Cookie lines of the page's visit. */
  setCookie: readonly string[]
}
