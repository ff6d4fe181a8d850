import type { Operation } from '../../protocol/operations.ts'
import { pagePath } from '../page/url.ts'
import { pageUrl, type Visitor } from './caller.ts'

/**
 * The page's URL, path and query, once the tab has done what its reply says: `pushState` and `replaceState` move it, and
 * the render that goes with them is that of the new address.
 */
export function urlAfter(visitor: Visitor, url: string, operations: readonly Operation[] = []): string {
  let current = url
  for (const [name, params] of operations) {
    if (name !== 'pushState' && name !== 'replaceState') continue
    const base = pageUrl(visitor, current)
    const next = URL.canParse(params.url, base.href) ? new URL(params.url, base) : undefined
    // A browser refuses an address of another origin: the page stays where it is.
    if (next?.origin === base.origin) current = pagePath(next.pathname + next.search, Infinity) ?? current
  }
  return current
}
