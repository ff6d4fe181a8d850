import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ensureProgram } from '../../../scripts/programs.mjs'
import { type KeyAction, pressed, typed } from './keys.ts'
import { clickable, jsonOf, resultOf, sourceOf } from './page.ts'
import { freePort, type Program, startProgram } from './program.ts'
import { type Driver, type Tab, until } from './tab.ts'

/** WebDriver's name for the reference to an element (https://w3c.github.io/webdriver/#elements). */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'

/**
 * WebKitGTK, driven by WebDriver. A driver has one session and a session one set of cookies, WebKitGTK has no mode without
 * a display, and of a display's windows one has the focus: so each tab has a display, a driver and a browser of its own.
 */
export async function startWebkit(): Promise<Driver> {
  const paths = { screen: ensureProgram('xvfb'), driver: ensureProgram('webkit') }
  const tabs = new Set<Tab>()
  return {
    async newTab() {
      const tab = await startTab(paths)
      tabs.add(tab)
      return tab
    },
    async close() {
      for (const tab of tabs) await tab.close()
    },
  }
}

async function startTab(paths: { screen: string; driver: string }): Promise<Tab> {
  const folder = mkdtempSync(join(tmpdir(), 'patella-webkit-'))
  let screen: Program | undefined
  let driver: Program | undefined
  const close = async () => {
    await driver?.end()
    // It takes the socket of its display along.
    await screen?.end('SIGTERM')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    // It takes a display that is free, and says which.
    screen = startProgram(paths.screen, ['-displayfd', '1', '-screen', '0', '1280x800x24', '-noreset'])
    const [display] = await screen.says(/^\d+$/)
    const port = await freePort()
    const started = startProgram(paths.driver, [`--port=${port}`], environment(`:${display}`, folder))
    driver = started
    const origin = `http://127.0.0.1:${port}`
    await started.alive(ready(origin))
    const browserOptions = { args: ['--automation'] }
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': browserOptions } }
    const { sessionId } = await started.alive(command(`${origin}/session`, { capabilities }))
    return tabOf((path, body = {}) => started.alive(command(`${origin}/session/${sessionId}${path}`, body)), close)
  } catch (error) {
    await close()
    throw error
  }
}

function environment(display: string, folder: string): NodeJS.ProcessEnv {
  return {
    DISPLAY: display,
    GDK_BACKEND: 'x11',
    HOME: folder,
    XDG_CACHE_HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
    // The sandbox needs namespaces, which root and containers often have not.
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  }
}

function tabOf(post: (path: string, body?: object) => Promise<any>, close: () => Promise<void>): Tab {
  const problems: string[] = []
  const keys = async (actions: KeyAction[]) =>
    void (await post('/actions', { actions: [{ type: 'key', id: 'key', actions }] }))

  const tab: Tab = {
    browser: 'webkit',
    problems,
    async open(url) {
      await post('/url', { url })
    },
    async evaluate(run, arg) {
      const script = `(${watched})(${sourceOf(run)}, arguments[0]).then(arguments[1])`
      const [result, found] = await post('/execute/async', { script, args: [jsonOf(arg)] })
      problems.push(...found)
      return resultOf(result)
    },
    async click(selector) {
      await until(tab, clickable, selector)
      const element = await post('/element', { using: 'css selector', value: selector })
      await post(`/element/${element[elementKey]}/click`)
    },
    type: (text) => keys(typed(text)),
    press: (text) => keys(pressed(text)),
    async back() {
      await post('/back')
    },
    close,
  }
  return tab
}

/**
 * Runs in the page. Under WebDriver the console cannot be read: what goes wrong is collected from the first look at a page
 * on, and handed over with each.
 */
async function watched(run: (json: string) => Promise<string>, json: string): Promise<[string, string[]]> {
  const page = globalThis as { patellaProblems?: string[] }
  if (!page.patellaProblems) {
    const found: string[] = []
    page.patellaProblems = found
    addEventListener('error', ({ message }) => found.push(message))
    addEventListener('unhandledrejection', ({ reason }) => found.push(String(reason)))
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      found.push(`${violatedDirective} forbids ${blockedURI}`)
    })
    const { error } = console
    console.error = (...args) => {
      found.push(args.join(' '))
      error.apply(console, args)
    }
  }
  return [await run(json), page.patellaProblems.splice(0)]
}

/** Rejects with the driver's error. When the driver is gone it does nothing: the end of its program says why. */
async function command(url: string, body: object): Promise<any> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) }).catch(
    () => new Promise<never>(() => {}),
  )
  const { value } = (await response.json()) as any
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`)
  return value
}

/** Resolves when the driver listens: a connection is tried again as soon as one was refused. */
async function ready(driver: string): Promise<void> {
  const answered = () => fetch(`${driver}/status`).then(Boolean, () => false)
  while (!(await answered())) await setTimeout(10)
}
