import { createTab, type Tab, type TabOptions } from '../../server/host/tab.ts'
import { type Child, startServer } from '../support/child.ts'

/** How many of a large count: all of them in the full run, else a tenth. */
export function tenth(count: number): number {
  return process.env.PATELLA_FULL ? count : Math.ceil(count / 10)
}

/** Processes of one app that share a store, and tabs that are at them. */
export interface Processes {
  start(env?: NodeJS.ProcessEnv): Promise<Child>
  /** A tab at one of them; with the cookies of another, it is of the same browser. */
  tab(process: Pick<Child, 'port'>, options?: TabOptions): Tab
  /** Connected tabs of one browser, spread over processes. */
  tabs(over: readonly Pick<Child, 'port'>[], count: number): Promise<Tab[]>
  /** Kills and closes them all. */
  stop(): Promise<void>
}

export function createProcesses(storeUrl: string): Processes {
  const children: Child[] = []
  const opened: Tab[] = []
  const tab: Processes['tab'] = ({ port }, options) => {
    const made = createTab(`http://127.0.0.1:${port}`, options)
    opened.push(made)
    return made
  }
  return {
    async start(env) {
      const child = await startServer('e2e/sessions/app.mjs', { env: { STORE: storeUrl, ...env } })
      children.push(child)
      return child
    },
    tab,
    async tabs(over, count) {
      const first = tab(over[0] as Child)
      await first.fetch('/page')
      const others = Array.from({ length: count - 1 }, (_, n) =>
        tab(over[(n + 1) % over.length] as Child, { cookies: first.cookies }),
      )
      const tabs = [first, ...others]
      await Promise.all(tabs.map((one) => one.connect()))
      return tabs
    },
    async stop() {
      for (const one of opened) one.close()
      for (const child of children) child.signal('SIGKILL')
      await Promise.all(children.map((child) => child.ended))
    },
  }
}
