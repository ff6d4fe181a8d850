import { type ClientConfig, postedMark, protocolVersion, type WireReply } from '../protocol/messages.ts'
import { createBaselines } from './baseline.ts'
import { createBusy } from './busy.ts'
import { createCable } from './cable.ts'
import { createDelegate } from './delegate.ts'
import { attribute, here } from './dom.ts'
import { createPatcher } from './patch/patch.ts'
import { createPerform, type Perform } from './perform.ts'
import { quietRequest } from './quiet.ts'
import { reloadOnce, reloadWorked } from './reload.ts'
import { createRequests, failed } from './request.ts'
import { createPageState } from './state.ts'

export interface Client {
  /** Connects, and listens to the page; the second time does nothing but connect again after `stop`. */
  start(config: ClientConfig): void
  stop(): void
  perform: Perform
  settled(): Promise<void>
}

/** One tab's client: wires the parts together. `confirm` asks the user what `data-reflex-confirm` says. */
export function createClient(confirm: (message: string) => boolean | Promise<boolean>): Client {
  const tab = randomId()
  let config: ClientConfig
  let started = false
  /** Closed for the back/forward cache. */
  let parked = false
  /** The cookie was asked for: where the browser keeps none, the server says so with each welcome. */
  let asked = false
  let questions = 0

  const state = createPageState()
  const busy = createBusy()
  const cable = createCable(address, {
    state(next) {
      if (next !== 'connected') requests.pause()
      state.connection(next)
    },
    welcome({ cookie }) {
      if (cookie === false && !asked) {
        return quietRequest(config.path, {}).then((done) => {
          asked = done
          return done
        })
      }
    },
    confirmed() {
      reloadWorked()
      requests.resume()
    },
    rejected() {
      requests.shut(failed('error', 'subscription_rejected'))
      requests.open()
    },
    refused(reason) {
      if (reason === 'outdated' && reloadOnce()) return
      requests.shut(reason === 'unauthorized' ? failed(reason, 'not_authorized') : failed('error', 'disconnected'))
      state.stop(true)
    },
    message: (message) => Array.isArray(message) && requests.receive(message as unknown as WireReply),
  })
  const requests = createRequests(
    { send: cable.send, reconnect: cable.reconnect, handOff, changed, ...createBaselines() },
    postedPage(),
  )
  // First: what it hears of a patch, nobody else is to hear.
  const patcher = createPatcher(
    () => requests.next,
    () => import(`${config.path}/more.js`),
  )
  const delegate = createDelegate(ask, changed)
  /** For markup that patches and other scripts bring. */
  const observer = new MutationObserver(learnRecords)
  const perform = createPerform(requests, busy, patcher, () => learnRecords(observer.takeRecords()))
  everySecond()

  function start(next: ClientConfig): void {
    requests.open()
    state.stop(false)
    if (!started) {
      started = true
      config = next
      changed()
      observe()
    }
    cable.open()
  }

  function address(): string {
    const { href } = new URL(config.cable, location.href)
    return `${href.replace('http', 'ws')}${href.includes('?') ? '&' : '?'}v=${protocolVersion}&t=${tab}&d=1`
  }

  function observe(): void {
    delegate.learn(document)
    observer.observe(document, { childList: true, subtree: true, attributeFilter: ['data-reflex'] })
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', takeBaseline)
    else takeBaseline()
    addEventListener('online', cable.wake)
    document.addEventListener('visibilitychange', cable.wake)
    // An open socket keeps a page out of the back/forward cache.
    addEventListener('pagehide', () => {
      delegate.flush()
      parked = cable.close()
    })
    addEventListener('pageshow', () => {
      if (parked) cable.open()
      parked = false
    })
  }

  function learnRecords(records: readonly MutationRecord[]): void {
    for (const { type, target, addedNodes } of records) {
      for (const node of type === 'attributes' ? [target] : addedNodes) {
        if (node instanceof Element) delegate.learn(node)
      }
    }
  }

  function takeBaseline(): void {
    patcher.learn(document.body)
  }

  async function ask(target: string, element: Element, submitter: HTMLElement | null): Promise<unknown> {
    const message =
      (submitter && attribute(submitter, 'data-reflex-confirm')) ?? attribute(element, 'data-reflex-confirm')
    const answer = message === null || confirm(message)
    if (answer === true || (await question(answer))) return perform(target, element, [], submitter)
  }

  /** A question that is open is something that waits. */
  async function question(answer: boolean | Promise<boolean>): Promise<boolean> {
    questions++
    changed()
    try {
      return await answer
    } finally {
      questions--
      changed()
    }
  }

  function handOff(n: number, token: string, done: () => void): void {
    const taken = quietRequest(config.path, { t: tab, n, h: token })
    // A token may have been used although its answer was lost: sent again, the request brings another.
    taken.then((ok) => ok && done())
    cable.suspend(taken)
  }

  function changed(): void {
    state.pending(requests.size + delegate.pending + questions)
  }

  function everySecond(): void {
    let last = performance.now()
    setInterval(() => {
      const now = performance.now()
      // A tick that comes late tells of sleep, which does not count.
      requests.tick(Math.min(now - last, 2_000))
      last = now
      cable.check()
    }, 1_000)
  }

  function stop(): void {
    cable.close()
    state.stop(true)
  }

  return { start, stop, perform, settled: state.settled }
}

/** The page's URL when it is the answer to a POST, of which the server tells by a Server-Timing entry. */
function postedPage(): string | undefined {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return page?.serverTiming?.some(({ name }) => name === postedMark) ? here() : undefined
}

/** 16 random bytes in 22 characters of base64url, but for its `_`; `crypto.randomUUID` exists in secure contexts only. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .replace(/\W/g, '-')
    .slice(0, 22)
}
