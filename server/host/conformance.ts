import { cableRows } from './conformance/cable.ts'
import type { HostKit, HostSetup, HostUnderTest } from './conformance/contract.ts'
import { ecosystemRows } from './conformance/ecosystem.ts'
import { formRows } from './conformance/forms.ts'
import { mountRows } from './conformance/mounts.ts'
import { pageRows } from './conformance/pages.ts'
import { hostReflexes } from './conformance/reflexes.ts'
import { routeRows } from './conformance/routes.ts'
import { createLines, type Row, runRow } from './conformance/row.ts'
import { sessionRows } from './conformance/sessions.ts'
import { startStripProxy } from './conformance/strip-proxy.ts'

export interface HostCheck {
  readonly name: string
  /** Why this host leaves the row out; absent when it runs. */
  readonly left?: string
  run(): Promise<void>
}

/** At the root; below a path at which an outer app mounts it; or below one that a proxy takes off. */
export type HostPlace = 'root' | 'mounted' | 'stripped'

const rows: readonly Row[] = [
  ...pageRows,
  ...sessionRows,
  ...formRows,
  ...routeRows,
  ...ecosystemRows,
  ...cableRows,
  ...mountRows,
]

const prefix = '/shop'

/**
 * What every host must do, as checks that any test runner can loop over: each starts the host for itself, speaks to it from
 * outside, and closes it.
 *
 * @example
 * for (const { name, left, run } of hostConformance(myHost)) test(name, { skip: left }, run)
 */
export function hostConformance(kit: HostKit, place: HostPlace = 'root'): HostCheck[] {
  const without = place === 'mounted' ? { ...kit.without, ...kit.withoutMounted } : kit.without
  return rows
    .filter(({ mounts }) => mounts === undefined || place === 'root')
    .map((row) => {
      const missing = row.needs.find((need) => without[need] !== undefined)
      const left = missing && without[missing]
      return { name: row.name, ...(left !== undefined && { left }), run: () => start(kit, row, place) }
    })
}

async function start(kit: HostKit, row: Row, place: HostPlace): Promise<void> {
  const lines = createLines()
  const started = await kit.start(setupOf(row, place, lines.log))
  const host = place === 'stripped' ? await behindProxy(started) : started
  await runRow(row, host, { base: place === 'root' ? '' : prefix, lines })
}

function setupOf(
  { before = [], after = [], parts = [], mounts, use, domain, store, attach = false }: Row,
  place: HostPlace,
  log: (line: string) => void,
): HostSetup {
  const options: HostSetup['options'] = {
    reflexes: hostReflexes,
    logger: false,
    ...(place === 'stripped' && { basePath: prefix }),
    ...(use && { use }),
    ...((domain || store) && { session: { ...(domain && { cookie: { domain } }), ...(store && { store }) } }),
  }
  return {
    options,
    mounts: mounts ?? [place === 'mounted' ? prefix : ''],
    before,
    after,
    echo: parts.includes('echo'),
    attach,
    log,
  }
}

async function behindProxy(host: HostUnderTest): Promise<HostUnderTest> {
  const proxy = await startStripProxy(host.origin, prefix)
  return {
    origin: proxy.origin,
    drain: host.drain,
    async close() {
      await host.close()
      await proxy.close()
    },
  }
}
