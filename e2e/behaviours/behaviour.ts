import { connected } from '../../client/playwright.ts'
import type { TextPatch, WireReply } from '../../protocol/messages.ts'
import { type Connection, type ScriptedCable, scriptedCable } from '../support/scripted-cable.ts'
import { type Browser, pageOf, type Tab, until } from '../support/tabs/tab.ts'
import { expect, inEachBrowser, test } from '../support/tabs/test.ts'

/** One thing that a patch must do, or leave alone, in every browser. */
export interface Behaviour {
  /** Number in the list of forty, and what it says: `14 focused input: …`. */
  name: string
  run(page: Patched): Promise<void>
  /** Browsers that cannot, and why; what they do instead is documented. */
  except?: Partial<Record<Browser, string>>
}

/** A page whose root is patched by the real client, on a cable that the test answers. */
export interface Patched {
  readonly tab: Tab
  readonly cable: ScriptedCable
  /** The connection that `open` has made. */
  readonly connection: Connection
  /** Whether this browser, as it runs now, moves nodes with their state. */
  readonly moves: boolean
  /** Opens a page with this in its root `<main id="m">`; `head` comes before the body, behind the client's script. */
  open(html: string, head?: string): Promise<void>
  /** Has the server render this in the root. Resolves when the tab has applied it. */
  patch(html: string): Promise<void>
  /** Begins to call an action without an element; resolves with its number, to be answered by `reply`. */
  request(): Promise<number>
  /** What the tab sent next: the number of a request that the page itself made. */
  sent(): Promise<number>
  /** Answers a request; resolves when the tab has dealt with it. */
  reply(n: number, html: string | undefined, more?: WireReply[2]): Promise<void>
  /** The root's HTML as it is on the page. */
  html(): Promise<string>
  /** Records mutations below the root from now on, once called again those since, as `childList`, `attributes class`, … */
  mutations(): Promise<string[]>
}

const inRoot = (html: string) => `<main id="m" data-reflex-root>${html}</main>`

/** Declares the behaviours for browsers, in each with what it can, and without `moveBefore`. */
export function declareBehaviours(browsers: Browser[], behaviours: readonly Behaviour[]): void {
  inEachBrowser(browsers, (engine) => {
    for (const still of [false, true]) {
      test.describe(still ? 'without moveBefore' : 'as it is', () => {
        for (const { name, run } of behaviours.filter(({ except }) => !except?.[engine])) {
          test(name, async ({ tab }) => {
            const cable = await scriptedCable()
            try {
              await run(await patched(tab, cable, still))
            } finally {
              await cable.close()
            }
          })
        }
      })
    }
  })
}

async function patched(tab: Tab, cable: ScriptedCable, still: boolean): Promise<Patched> {
  let connection: Connection
  let moves = false

  async function request(): Promise<number> {
    await tab.evaluate(() => {
      const { Patella } = globalThis as unknown as { Patella: { stimulate(target: string): Promise<unknown> } }
      Patella.stimulate('a#b').catch(() => {})
    })
    return sent()
  }

  async function sent(): Promise<number> {
    const [n] = await connection.request()
    return n
  }

  async function reply(n: number, html: string | undefined, more?: WireReply[2]): Promise<void> {
    const patches: TextPatch[] = html === undefined ? [] : [['m', inRoot(html)]]
    connection.reply(n, patches, more ?? {})
    // Its pong tells that what was sent before has been dealt with.
    await connection.ping()
  }

  return {
    tab,
    cable,
    get connection() {
      return connection
    },
    get moves() {
      return moves
    },
    async open(html, head = '') {
      const stay = still ? '<script>delete Element.prototype.moveBefore</script>' : ''
      cable.pages.set('/', `${stay}${head}${inRoot(html)}`)
      ;[connection] = await Promise.all([cable.connection(), tab.open(cable.origin)])
      await connected(pageOf(tab))
      moves = await tab.evaluate(() => 'moveBefore' in Element.prototype)
    },
    async patch(html) {
      await reply(await request(), html)
    },
    request,
    sent,
    reply,
    html: () => tab.evaluate(() => document.querySelector('#m')?.innerHTML ?? ''),
    mutations: () =>
      tab.evaluate(() => {
        const page = globalThis as unknown as { watch?: MutationObserver; seen: string[] }
        const note = (records: MutationRecord[]) =>
          page.seen.push(...records.map(({ type, attributeName }) => [type, attributeName].filter(Boolean).join(' ')))
        if (!page.watch) {
          page.seen = []
          page.watch = new MutationObserver(note)
          const all = { subtree: true, childList: true, attributes: true, characterData: true }
          page.watch.observe(document.querySelector('#m') as Element, all)
        }
        note(page.watch.takeRecords())
        return page.seen.splice(0)
      }),
  }
}

export { expect, until }
