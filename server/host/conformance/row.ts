import type { SessionStore } from '../../session/store.ts'
import { createTab, type Tab, type TabOptions } from '../tab.ts'
import type { HostPart, HostRoute, HostSetup, HostUnderTest } from './contract.ts'

/** What the body of a row is given. */
export interface Conditions {
  /** A browser tab that has loaded the client's script, as every tab has. */
  readonly tab: Tab
  readonly host: HostUnderTest
  /** What is before every path of the app, as the browser sees it. */
  readonly base: string
  /** Another tab on the same server. */
  open(options?: TabOptions): Tab
  /** The next line of part `logger` that fits, or the one that was. */
  line(wanted: RegExp): Promise<string>
}

export interface RowOptions {
  readonly before?: readonly HostPart[]
  readonly after?: readonly HostPart[]
  /** Parts and abilities that it needs besides. */
  readonly parts?: readonly HostPart[]
  readonly use?: HostSetup['options']['use']
  readonly domain?: string
  readonly store?: SessionStore
  /** Several apps on one server, for rows that are not repeated below a base path. */
  readonly mounts?: readonly string[]
  /** The row's own request is the first ever to arrive. */
  readonly first?: boolean
  /** `patella.attach(server)` was called. */
  readonly attach?: boolean
}

export interface Row extends RowOptions {
  readonly name: string
  readonly needs: readonly (HostRoute | HostPart)[]
  readonly body: (conditions: Conditions) => Promise<void>
}

export function row(name: string, routes: readonly HostRoute[], body: Row['body'], options: RowOptions = {}): Row {
  const { before = [], after = [], parts = [], mounts = [] } = options
  const beside: HostPart[] = mounts.length > 0 ? ['beside'] : []
  return { ...options, name, needs: [...routes, ...before, ...after, ...parts, ...beside], body }
}

/** Runs a row on a host that was started for it, below `base`, and closes it. */
export async function runRow(
  { body, first }: Row,
  host: HostUnderTest,
  { base, lines }: { base: string; lines: Lines },
): Promise<void> {
  const tabs: Tab[] = []
  const open = (options: TabOptions = {}) => {
    const tab = createTab(host.origin, { base, ...options })
    tabs.push(tab)
    return tab
  }
  try {
    const tab = open()
    if (!first) await tab.fetch('/patella/client.js')
    await body({ tab, host, base, open, line: lines.next })
  } finally {
    for (const tab of tabs) tab.close()
    await host.close()
  }
}

export interface Lines {
  log(line: string): void
  next(wanted: RegExp): Promise<string>
}

export function createLines(): Lines {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  return {
    log(line) {
      lines.push(line)
      for (const look of waiting) look()
    },
    next: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const found = lines.find((line) => wanted.test(line))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
  }
}
