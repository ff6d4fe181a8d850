import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import type { HeldSession, SessionView } from './contract.ts'
import { createSessions } from './sessions.ts'
import type { SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'

const open = (store: SessionStore = memory()) =>
  createSessions({ secrets: ['secret'], production: false, logger: { warn() {} }, leaseMs: 11_500, store })

const heard = (name: string) => {
  const messages: unknown[] = []
  const listener = (message: unknown) => void messages.push(message)
  subscribe(name, listener)
  onTestFinished(() => void unsubscribe(name, listener))
  return messages
}

test('loads, reads, commits and their bytes are counted, and told', async () => {
  const [loads, commits] = [heard('patella:session:load'), heard('patella:session:commit')]
  const sessions = open()
  const sid = sessions.mint()
  for (const text of ['x'.repeat(1_000), 'é']) {
    const held = (await sessions.hold(sid, { waitMs: 1_000 })) as HeldSession
    expect(sessions.stats().held).toBe(1)
    held.session.text = text
    await held.commit({ keep: true })
  }
  const view = (await sessions.view(sid)) as SessionView
  expect(view.session.text).toBe('é')
  const session = sessions.digest(sid)
  expect(loads).toEqual([
    { session, version: 0, bytes: 0, waitMs: 0 },
    { session, version: expect.any(Number), bytes: expect.any(Number), waitMs: 0 },
  ])
  const [first, second] = commits as { bytes: number }[]
  expect(commits).toMatchObject([
    { session, version: 0, written: true },
    { session, version: expect.any(Number), written: true },
  ])
  expect((first?.bytes ?? 0) - (second?.bytes ?? 0)).toBe(998)
  expect(sessions.stats()).toMatchObject({
    loads: 2,
    reads: 1,
    commits: 2,
    conflicts: 0,
    held: 0,
    waits: 0,
    bytesRead: (first?.bytes ?? 0) + (second?.bytes ?? 0),
    bytesWritten: (first?.bytes ?? 0) + (second?.bytes ?? 0),
    largest: first?.bytes,
    store: { name: 'memory', entries: 1, leases: 0, bytes: expect.any(Number) },
  })
})

test('who waits is counted while it waits and after, and who gives up', async () => {
  const sessions = open()
  const sid = sessions.mint()
  const first = (await sessions.hold(sid, { waitMs: 1_000 })) as HeldSession
  const second = Promise.resolve(sessions.hold(sid, { waitMs: 60_000 }))
  await expect(Promise.resolve(sessions.hold(sid, { waitMs: 5 }))).rejects.toMatchObject({ code: 'session_busy' })
  expect(sessions.stats()).toMatchObject({ held: 1, waiting: 1, waits: 2, busy: 1, waitMs: 0 })
  await first.release()
  await (await second).release()
  const { waitMs, ...rest } = sessions.stats()
  expect(waitMs).toBeGreaterThan(0)
  expect(rest).toMatchObject({ held: 0, waiting: 0, waits: 2, loads: 2 })
})

test('a lease of another process is waited for too', async () => {
  const store = memory()
  const [one, other] = [open(store), open(store)]
  const sid = one.mint()
  const held = (await one.hold(sid, { waitMs: 1_000 })) as HeldSession
  const waiting = Promise.resolve(other.hold(sid, { waitMs: 60_000 }))
  await expect.poll(() => other.stats().waiting).toBe(1)
  await held.release()
  await (await waiting).release()
  expect(other.stats()).toMatchObject({ waits: 1, waiting: 0, loads: 1 })
})

test('a refused commit is a conflict', async () => {
  const commits = heard('patella:session:commit')
  const store = memory()
  const sessions = open({ ...store, commit: () => false })
  const held = (await sessions.hold(sessions.mint(), { waitMs: 1_000 })) as HeldSession
  held.session.count = 1
  expect(await held.commit({ keep: true })).toEqual({ ok: false })
  expect(sessions.stats()).toMatchObject({ commits: 0, conflicts: 1, bytesWritten: 0, held: 0 })
  expect(commits).toMatchObject([{ written: false }])
})

test('what the store fails at is counted', async () => {
  const failing = () => {
    throw new Error('down')
  }
  const sessions = open({ ...memory(), acquire: failing, read: failing })
  for (const ask of [() => sessions.view('x'), () => sessions.hold('x', { waitMs: 1_000 })]) expect(ask).toThrow('down')
  expect(sessions.stats()).toMatchObject({ failures: 2, loads: 0, reads: 0, held: 0, waiting: 0 })
})
