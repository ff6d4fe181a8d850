import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureProgram } from '../../../scripts/programs.mjs'
import { type Bidi, connectBidi } from './bidi.ts'
import { type KeyAction, pressed, typed } from './keys.ts'
import { clickable, jsonOf, resultOf, sourceOf } from './page.ts'
import { startProgram } from './program.ts'
import { type Driver, type Tab, until } from './tab.ts'

/** Beyond what Firefox sets by itself when it is driven: no start page, which costs a second, and nothing from the network. */
const preferences = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.backup.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.page': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
}

/** Starts a Firefox with a profile of its own, driven by WebDriver BiDi. */
export async function startFirefox(): Promise<Driver> {
  const profile = mkdtempSync(join(tmpdir(), 'patella-firefox-'))
  const lines = Object.entries(preferences).map((one) => `user_pref(${one.map((part) => JSON.stringify(part))});\n`)
  writeFileSync(join(profile, 'user.js'), lines.join(''))
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const program = startProgram(ensureProgram('firefox'), args)
  let connection: Bidi | undefined
  const close = async () => {
    connection?.close()
    await program.end()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const [, address] = await program.says(/WebDriver BiDi listening on (ws:\S+)/)
    const bidi = await program.alive(connectBidi(`${address}/session`))
    connection = bidi
    const guarded: Bidi = { ...bidi, send: (...command) => program.alive(bidi.send(...command)) }
    await guarded.send('session.new', { capabilities: {} })
    await guarded.send('session.subscribe', { events: ['log.entryAdded'] })
    return { newTab: () => newTab(guarded), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function newTab({ send, on }: Bidi): Promise<Tab> {
  const { userContext } = await send('browser.createUserContext')
  // A window for each: of a window's tabs all but one are hidden and have no animation frames.
  const { context } = await send('browsingContext.create', { type: 'window', userContext })
  const problems: string[] = []
  const off = on('log.entryAdded', ({ level, source, text }) => {
    if (level === 'error' && source.context === context) problems.push(text)
  })
  const act = (type: string, actions: object[]) =>
    send('input.performActions', { context, actions: [{ type, id: type, actions }] })
  const keys = async (actions: KeyAction[]) => void (await act('key', actions))
  let open = true

  const tab: Tab = {
    browser: 'firefox',
    problems,
    async open(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async evaluate(run, arg) {
      const { result, exceptionDetails } = await send('script.callFunction', {
        functionDeclaration: sourceOf(run),
        arguments: [{ type: 'string', value: jsonOf(arg) }],
        awaitPromise: true,
        target: { context },
      })
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return resultOf(result.value)
    },
    async click(selector) {
      await send('browsingContext.activate', { context })
      await until(tab, clickable, selector)
      const locator = { type: 'css', value: selector }
      const { nodes } = await send('browsingContext.locateNodes', { context, locator, maxNodeCount: 1 })
      const origin = { type: 'element', element: { sharedId: nodes[0].sharedId } }
      await act('pointer', [
        { type: 'pointerMove', x: 0, y: 0, origin },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ])
    },
    type: (text) => keys(typed(text)),
    press: (text) => keys(pressed(text)),
    async back() {
      await send('browsingContext.traverseHistory', { context, delta: -1 })
    },
    async close() {
      if (!open) return
      open = false
      off()
      await send('browser.removeUserContext', { userContext })
    },
  }
  return tab
}
