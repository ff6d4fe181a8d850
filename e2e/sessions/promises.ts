import { expect, test } from '@playwright/test'
import type { Service } from '../../scripts/services/service.mjs'
import type { Tab } from '../../server/host/tab.ts'
import type { Child } from '../support/child.ts'
import { startProxy } from '../support/proxy.ts'
import { createRandom } from '../support/random.ts'
import { createProcesses, type Processes, tenth } from './processes.ts'
import { countOf, statusOf } from './replies.ts'

const shown = async (tab: Tab): Promise<string> => (await tab.fetch('/page')).text()
const runsOf = async (tab: Tab): Promise<number> =>
  Number(/runs:(\d+)/.exec(await (await tab.fetch('/runs')).text())?.[1])

/** The form of a browser without JavaScript. */
const submit = (tab: Tab): Promise<Response> =>
  tab.fetch('/patella/action/counter/increment?page=/page', {
    method: 'POST',
    headers: { origin: tab.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: '',
  })
const statsOf = async (tab: Tab): Promise<Record<string, unknown>> => (await tab.fetch('/stats')).json()

/** Three times what was promised, ms. */
async function within<T>(ms: number, promised: Promise<T>): Promise<T> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), ms)
  const passed = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(new Error(`not within ${ms} ms`)))
  })
  return Promise.race([promised, passed]).finally(() => clearTimeout(timer))
}

/** The promises of sessions, by their numbers, on a store that several processes share. */
export function sessionPromises(store: string, startStore: () => Promise<Service>): void {
  test.describe(store, () => {
    // One after the other: each keeps both processors busy, and the store is started once.
    test.describe.configure({ mode: 'default' })
    let service: Service
    let processes: Processes
    test.beforeAll(async () => {
      service = await startStore()
    })
    test.afterAll(() => service.stop())
    test.beforeEach(() => {
      processes = createProcesses(service.url)
    })
    test.afterEach(() => processes.stop())

    test('1: increments of ten tabs over two processes, with plain writes among them, are all there', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      for (let round = 0; round < tenth(20); round++) {
        const [first, ...others] = await processes.tabs(both, 10)
        const tabs = [first as Tab, ...others]
        const counted = tabs.map(async (tab) => {
          for (let n = 0; n < 10; n++) expect(statusOf(await tab.send('counter#increment'))).toBe('ok')
        })
        const written = tabs.map(async (tab, at) => {
          for (let n = 0; n < 3; n++) expect((await tab.fetch(`/write/${at}${n}`)).status).toBe(200)
        })
        // Forms hold the session as actions do.
        const posted = tabs.map(async (tab) => {
          for (let n = 0; n < 2; n++) expect((await submit(tab)).status).toBe(303)
        })
        await Promise.all([...counted, ...written, ...posted])
        expect(await shown(first as Tab)).toContain('count:120 ')
        const keys = tabs.flatMap((_, at) => [0, 1, 2].map((n) => `visit${at}${n}`))
        expect(await (await (first as Tab).fetch('/keys')).text()).toContain(`keys:${['count', ...keys].sort().join()}`)
      }
      const [here, there] = [await runsOf(processes.tab(both[0])), await runsOf(processes.tab(both[1]))]
      expect(here + there).toBe(120 * tenth(20))
    })

    test('1: nobody starves among 50 contenders', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const tabs = await processes.tabs(both, 50)
      const replies = await Promise.all(tabs.map((tab) => tab.send('counter#increment')))
      expect(replies.map(statusOf)).toEqual(Array(50).fill('ok'))
      expect(await shown(tabs[0] as Tab)).toContain('count:50 ')
    })

    test('2: a frozen holder is refused when it wakes, the next one got the lease when it ran out', async () => {
      const sessions = tenth(100)
      const frozen = await processes.start({ ACTION_MS: '500', GATE: String(sessions) })
      const other = await processes.start({ ACTION_MS: '30000' })
      const pairs = await Promise.all(
        Array.from({ length: sessions }, async () => {
          const [tab] = await processes.tabs([frozen], 1)
          const { cookies } = tab as Tab
          const next = processes.tab(other, { cookies })
          await next.connect()
          return { tab: tab as Tab, next }
        }),
      )
      const late = pairs.map(({ tab }) => tab.send('counter#freeze'))
      // The process stops by itself, in the last of the actions.
      await frozen.says('frozen')
      const since = performance.now()
      const counts = await Promise.all(pairs.map(async ({ next }) => countOf(await next.send('counter#increment'))))
      expect(counts).toEqual(Array(sessions).fill(1))
      // Each of them waited until the lease ran out.
      expect(await statsOf(processes.tab(other))).toMatchObject({ waits: sessions, busy: 0 })
      if (process.env.PATELLA_FULL)
        await new Promise((resolve) => setTimeout(resolve, since + 30_000 - performance.now()))
      frozen.signal('SIGCONT')
      expect((await Promise.all(late)).map(statusOf)).toEqual(Array(sessions).fill('conflict'))
      for (const { next } of pairs) expect(countOf(await next.send('counter#increment'))).toBe(2)
    })

    test('2: after a killed holder the next one gets the lease', async () => {
      const killed = await processes.start({ ACTION_MS: '500' })
      const other = await processes.start({ ACTION_MS: '30000' })
      const [tab] = await processes.tabs([killed], 1)
      const { cookies } = tab as Tab
      const lost = (tab as Tab).send('counter#wait').catch(() => 'lost')
      await killed.says('waiting')
      killed.signal('SIGKILL')
      expect(await lost).toBe('lost')
      const next = processes.tab(other, { cookies })
      await next.connect()
      expect(countOf(await next.send('counter#increment'))).toBe(1)
    })

    test('3: slow work on a snapshot holds nobody up, and both changes stay', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const [one, two] = (await processes.tabs(both, 2)) as [Tab, Tab]
      const working = one.send('slow#work')
      await both[0].says('waiting')
      expect(countOf(await two.send('counter#increment'))).toBe(1)
      await one.fetch('/release')
      expect((await working)[1][0][1]).toContain('count:1 worked:1 ')
      expect(await shown(two)).toContain('count:1 worked:1 ')
    })

    test('4: what runs while the session is destroyed brings nothing back', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      for (let round = 0; round < tenth(500); round++) {
        const [one, two] = (await processes.tabs(both, 2)) as [Tab, Tab]
        await one.send('counter#increment')
        const old = one.cookies.header({ host: '127.0.0.1', path: '/' })
        // One waits for the session, one works on a snapshot of it, one has read it and will merge what it writes.
        const act = () => [
          two.send('counter#increment').catch(() => [0, 'cut']),
          two.send('slow#brief').catch(() => [0, 'cut']),
          processes.tab(both[1], { cookies: one.cookies }).fetch('/write/late'),
        ]
        const first = round % 2 === 0 ? act() : []
        const leaving = one.send('account#logout')
        const races = [...first, ...(round % 2 === 0 ? [] : act())]
        const reply = await leaving
        await Promise.all(races)
        // The old cookie, as somebody kept it.
        const headers = { cookie: old }
        const page = await (await processes.tab(both[1]).fetch('/page', { headers })).text()
        expect(page).toContain('count:0 ')
        expect((await one.quiet({ t: one.id, n: reply[0], h: reply.at(-1).h })).status).toBe(204)
        expect(await shown(one)).toContain('count:0 ')
        one.close()
        two.close()
      }
    })

    test('4: the connections of a destroyed session are cut on the other process too', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const [one, ...others] = await processes.tabs(both, 4)
      const cut = others.map((tab) => tab.next('disconnect'))
      await one?.send('account#logout')
      for (const frame of await within(3_000, Promise.all(cut)))
        expect(frame).toEqual({ type: 'disconnect', reason: 'session_changed', reconnect: true })
    })

    test('5: a login gives a new id to both processes, and the old one is dead', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const [one, two] = (await processes.tabs(both, 2)) as [Tab, Tab]
      const cut = two.next('disconnect')
      const reply = await one.send('account#login')
      const before = one.cookies.header({ host: '127.0.0.1', path: '/' })
      expect((await one.quiet({ t: one.id, n: reply[0], h: reply.at(-1).h })).status).toBe(204)
      await cut
      await two.connect()
      expect((await two.send('counter#increment'))[1][0][1]).toContain('count:1 worked:0 user:ann')
      const stale = await processes.tab(both[1]).fetch('/page', { headers: { cookie: before } })
      expect(await stale.text()).toContain('user:<')
    })

    test('5: a login whose connection is cut at any byte is one login, with one new id', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const { seed, below } = createRandom(process.env.PATELLA_SEED)
      process.stdout.write(`${store}: PATELLA_SEED=${seed}\n`)
      const wire = await startProxy(both[0].port)
      const logins = tenth(200)
      for (let round = 0; round < logins; round++) {
        wire.target = both[0].port
        const [one, two] = [processes.tab({ port: wire.port }), processes.tab(both[1])]
        await one.fetch('/page')
        await one.connect()
        const [direction, bytes] = below(2) === 0 ? (['up', below(110)] as const) : (['down', below(190)] as const)
        wire.cutAfter(bytes, direction)
        const n = 1
        const first = await one.send('account#login', { n }).catch(() => undefined)
        wire.disarm()
        wire.target = both[1].port
        if (first === undefined) await one.connect()
        const reply = first ?? (await one.send('account#login', { n }))
        const at = `round ${round}, ${bytes} bytes ${direction}, PATELLA_SEED=${seed}`
        expect(statusOf(reply), at).toBe('ok')
        const old = one.cookies.header({ host: '127.0.0.1', path: '/' })
        const quiet = await one.quiet({ t: one.id, n, h: reply.at(-1).h })
        expect(quiet.headers.get('set-cookie'), at).toContain('HttpOnly')
        expect(await shown(one), at).toContain('user:ann<')
        expect(await (await two.fetch('/page', { headers: { cookie: old } })).text(), at).toContain('user:<')
        one.close()
      }
      expect((await runsOf(processes.tab(both[0]))) + (await runsOf(processes.tab(both[1])))).toBe(logins)
      expect(wire.cuts).toBeGreaterThan(logins / 2)
      await wire.close()
    })

    test('5: a login by a plain route: a tab with the older cookie comes back with the new one and goes on', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const [one, two] = (await processes.tabs(both, 2)) as [Tab, Tab]
      await two.send('counter#increment')
      const cut = two.next('disconnect')
      await one.fetch('/login')
      expect((await cut).reason).toBe('session_changed')
      await two.connect()
      expect((await two.send('counter#increment'))[1][0][1]).toContain('count:2 worked:0 user:bob')
    })

    for (const point of ['loaded', 'committing', 'committed', 'rendering', 'replying', 'replied']) {
      test(`6: killed at "${point}", nothing that was acknowledged is lost, nothing doubled`, async () => {
        const sessions = tenth(50)
        const dying = await processes.start({ ACTION_MS: '500', DIE_AT: point, GATE: String(sessions) })
        const other = await processes.start({ ACTION_MS: '30000' })
        const wire = await startProxy(dying.port)
        const tabs = await Promise.all(
          Array.from({ length: sessions }, async () => (await processes.tabs([wire], 1))[0] as Tab),
        )
        const first = await Promise.all(
          tabs.map((tab) => tab.send('counter#increment', { n: 1 }).then(statusOf, () => 'lost')),
        )
        expect(first).toEqual(Array(sessions).fill(point === 'replied' ? 'ok' : 'lost'))
        await dying.ended
        wire.target = other.port
        await Promise.all(
          tabs.map(async (tab) => {
            await tab.connect()
            expect(countOf(await tab.send('counter#increment', { n: 1 }))).toBe(1)
            expect(countOf(await tab.send('counter#increment', { n: 2 }))).toBe(2)
          }),
        )
        await wire.close()
      })
    }

    test('7: what a reply shows, the other process shows', async () => {
      const both = [await processes.start(), await processes.start()] as [Child, Child]
      const [one, two] = (await processes.tabs(both, 2)) as [Tab, Tab]
      for (let n = 1; n <= tenth(1_000); n++) {
        expect(countOf(await one.send('counter#increment'))).toBe(n)
        expect(await shown(two)).toContain(`count:${n} `)
      }
    })
  })
}
