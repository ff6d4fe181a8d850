import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSessions, type Sessions, type SessionsConfig } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'

const full = process.env.PATELLA_FULL !== undefined
const waitMs = 60_000

/** One process's sessions; several over one store are several processes. */
const start = (store: SessionStore, config: Partial<SessionsConfig> = {}) =>
  createSessions({ secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs: 15_000, store, ...config })

/** A store whose every call and answer takes a turn of `step`. */
const remote = (store: SessionStore, step: () => Promise<unknown>): SessionStore => {
  const far =
    <A extends unknown[], R>(ask: (...args: A) => R) =>
    async (...args: A): Promise<Awaited<R>> => {
      await step()
      const answer = await ask(...args)
      await step()
      return answer
    }
  const { acquire, read, commit, release, touch } = store
  const calls = {
    acquire: far(acquire),
    read: far(read),
    commit: far(commit),
    release: far(release),
    touch: far(touch),
  }
  return { name: 'remote', ...calls }
}

const stores: [string, () => SessionStore][] = [
  ['memory', memory],
  ['a remote store', () => remote(memory(), () => new Promise((resolve) => setImmediate(resolve)))],
]

describe.each(stores)('over %s', (_, make) => {
  test('10 tabs on 2 processes count to 100', async () => {
    const store = make()
    const processes = [start(store), start(store)]
    const sid = start(store).mint()
    const tab = async (id: number) => {
      for (let n = 1; n <= 10; n++) {
        const held = await (processes[(id + n) % 2] as Sessions).hold(sid, { waitMs })
        const count = held.session.count ?? 0
        await new Promise((resolve) => setImmediate(resolve))
        held.session.count = count + 1
        const note = { tab: `tab${id}`, n, low: n, text: String(count) }
        expect(await held.commit({ keep: true, note })).toMatchObject({ ok: true })
      }
    }
    await Promise.all(Array.from({ length: 10 }, (_, id) => tab(id)))
    expect((await processes[0]?.view(sid))?.session.count).toBe(100)
  })

  test('reflexes and plain requests mixed lose nothing', async () => {
    const store = make()
    const processes = [start(store), start(store)]
    const sid = start(store).mint()
    const changes = Array.from({ length: 40 }, async (_, n) => {
      const sessions = processes[n % 2] as Sessions
      if (n % 4 < 2) {
        const held = await sessions.hold(sid, { waitMs })
        held.session[`held${n}`] = n
        return held.commit({ keep: true })
      }
      const view = await sessions.view(sid)
      view.session[`merged${n}`] = n
      return view.commit({ waitMs })
    })
    for (const done of await Promise.all(changes)) expect(done).toMatchObject({ ok: true })
    expect(Object.keys((await processes[0]?.view(sid))?.session ?? {})).toHaveLength(40)
  })

  test('a request sent twice at once, to two processes, runs once', async () => {
    const store = make()
    const processes = [start(store), start(store)]
    const sid = start(store).mint()
    let runs = 0
    const request = async (n: number) => {
      const held = await (processes[n % 2] as Sessions).hold(sid, { waitMs })
      const known = held.recall('tab', 1)
      if (known.kind !== 'new') {
        await held.release()
        return known.kind === 'done' ? known.note : known.kind
      }
      runs++
      await held.commit({ keep: true, note: { tab: 'tab', n: 1, low: 1, text: '"effects"' } })
      return 'effects'
    }
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map(request))
    expect([runs, new Set(answers)]).toEqual([1, new Set(['effects'])])
  })
})

/**
 * Any interleaving of store calls between two processes. With a lease of 0 ms every holder is a frozen one: nothing but
 * the version stands between them.
 */
describe.each([15_000, 0])('in every order of events, with a lease of %i ms', (leaseMs) => {
  const step = fc.constantFrom('add', 'add', 'add', 'fail', 'merge', 'regenerate', 'destroy')

  test('nothing is lost, doubled or undead', async () => {
    const plan = fc.array(fc.tuple(fc.nat({ max: 1 }), step), { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plan, async (scheduler, steps) => {
        const shared = memory()
        const store = remote(shared, () => scheduler.schedule(Promise.resolve()))
        const processes = [start(store, { leaseMs }), start(store, { leaseMs })]
        const sid = start(shared).mint()
        let added = 0
        let merged = 0
        const ends: { how: string; count: number; merges: number; sid: string }[] = []

        const act = async ([where, what]: readonly [number, string], n: number) => {
          const sessions = processes[where] as Sessions
          if (what === 'merge') {
            const view = await sessions.view(sid)
            if (!view.dead) view.session[`merged${n}`] = true
            if ((await view.commit({ waitMs })).ok && !view.dead) merged++
            return
          }
          const held = await sessions.hold(sid, { waitMs })
          if (held.dead || what === 'fail') return held.release()
          const { session } = held
          session.count = (session.count ?? 0) + 1
          const { count } = session
          const merges = Object.keys(session).length - 1
          if (what !== 'add') session[what as 'destroy']()
          const done = await held.commit({ keep: true })
          if (!done.ok) return
          added++
          if (what !== 'add') ends.push({ how: what, count, merges, sid: done.sid })
        }
        await scheduler.waitFor(Promise.all(steps.map(act)))

        const { length } = ends
        expect(length).toBeLessThanOrEqual(1)
        const [end] = ends
        const local = start(shared)
        const left = await local.view(end?.sid ?? sid)
        expect((await local.view(sid)).dead).toBe(length === 1)
        if (end) expect([end.count, end.merges]).toEqual([added, merged])
        const { count = 0, ...others } = { ...left.session }
        const kept = end?.how === 'destroy' ? [0, 0] : [added, merged]
        expect([count, Object.keys(others).length]).toEqual(kept)
        const records = JSON.parse(shared.dump()).filter(([key]: string[]) => key !== 'patella:deaths')
        expect(records.filter(([, , body]: string[]) => body !== '')).toHaveLength(
          end?.how === 'regenerate' ? 2 : added + merged > 0 ? 1 : 0,
        )
      }),
      { numRuns: full ? 3_000 : 150 },
    )
  })
})
