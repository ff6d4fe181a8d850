import cluster from 'node:cluster'
import { expect, onTestFinished, test } from 'vitest'
import type { HeldSession, SessionView } from './contract.ts'
import { createSessions, type SessionsConfig } from './sessions.ts'
import { memory } from './stores/memory.ts'

function open(config: Partial<SessionsConfig> = {}) {
  const warnings: string[] = []
  const logger = { warn: (text: string) => void warnings.push(text) }
  const secrets = ['a secret of more than 32 characters']
  return { ...createSessions({ secrets, production: false, logger, leaseMs: 15_000, ...config }), warnings }
}

test('an id is known again by the cookie that was set for it', () => {
  const sessions = open()
  const sid = sessions.mint()
  expect(sid).toMatch(/^[\w-]{32}$/)
  expect(sessions.mint()).not.toBe(sid)
  const cookie = sessions.setCookie(sid, true)
  expect(cookie).toMatch(/^_session=\S+; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  expect(sessions.identify(cookie.split(';')[0])).toBe(sid)
  expect(sessions.identify(undefined)).toBeUndefined()
  expect(open({ secrets: ['another secret of that many characters'] }).identify(cookie.split(';')[0])).toBeUndefined()
})

test('key, expiry and mount path shape the cookie', () => {
  const cookie = open({ key: 'app', expireAfter: '1y', basePath: '/app' }).setCookie('x', false)
  expect(cookie).toMatch(/^app=\S+; Max-Age=31536000; Path=\/app; HttpOnly; SameSite=Lax$/)
  expect(open({ basePath: '/app', cookie: { path: '/' } }).setCookie('x', false)).toContain('Path=/;')
  expect(open({ basePath: '/app', cookie: { hostPrefix: true } }).setCookie('x', false)).toContain('Path=/;')
})

test('a signed id of which nothing is stored is an empty session', () => {
  const sessions = open()
  const view = sessions.view(sessions.mint()) as SessionView
  expect([{ ...view.session }, view.dead]).toEqual([{}, false])
})

test("the digest is the beginning of the store key's own part, and what the session calls its id", () => {
  const store = memory()
  const sessions = open({ store })
  const sid = sessions.mint()
  const held = sessions.hold(sid, { waitMs: 0 }) as HeldSession
  expect(held.session.id).toBe(sessions.digest(sid))
  held.session.a = 1
  held.commit({ keep: true })
  const [[key]] = JSON.parse(store.dump())
  expect(key.startsWith(`patella:${sessions.digest(sid)}`)).toBe(true)
  expect(sid).not.toContain(sessions.digest(sid))
})

test('apps with different prefixes share a store and no session', () => {
  const store = memory()
  const [one, two] = [open({ store, prefix: 'one:' }), open({ store, prefix: 'two:' })]
  const sid = one.mint()
  const held = one.hold(sid, { waitMs: 0 }) as HeldSession
  held.session.a = 1
  held.commit({ keep: true })
  expect({ ...(two.view(sid) as SessionView).session }).toEqual({})
})

test('any text will do as an id: none of it reaches the store', () => {
  const store = memory()
  const sessions = open({ store })
  for (const sid of ['', 'a b', '\r\nflush_all', '*', '\0', 'x'.repeat(10_000), '__proto__']) {
    const held = sessions.hold(sid, { waitMs: 0 }) as HeldSession
    held.session.a = 1
    held.commit({ keep: true })
  }
  for (const [key] of JSON.parse(store.dump())) expect(key).toMatch(/^[A-Za-z0-9:_-]{1,200}$/)
})

test('memory in production warns, once; elsewhere it does not', () => {
  expect(open({ production: true }).warnings).toEqual([expect.stringContaining('memory')])
  expect(open({ production: true, store: memory() }).warnings).toHaveLength(1)
  expect(open().warnings).toEqual([])
  const { name, local, ...rest } = memory()
  expect(open({ production: true, store: { ...rest, name: `far ${name} ${local}` } }).warnings).toEqual([])
})

test.each<Partial<SessionsConfig>>([
  { prefix: '' },
  { prefix: 'a b' },
  { prefix: 'x'.repeat(101) },
  { expireAfter: 0 },
  { expireAfter: 'soon' },
  { key: 'a=b' },
  { cookie: { hostPrefix: true, path: '/app' } },
])('refuses %j', (config) => {
  expect(() => open(config)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
})

test('a store is closed with the last app that uses it, once', async () => {
  const store = memory()
  let closes = 0
  store.close = () => void closes++
  const [one, two] = [open({ store }), open({ store })]
  await one.close()
  await one.close()
  expect(closes).toBe(0)
  await two.close()
  expect(closes).toBe(1)
})

test('memory is refused in a worker of a cluster in production, a shared store is not', () => {
  const set = (isWorker: boolean) => void Object.assign(cluster, { isWorker })
  set(true)
  onTestFinished(() => set(false))
  expect(() => open({ production: true })).toThrow('one is a worker of a cluster. Set session.store to redis()')
  expect(open({ production: false }).warnings).toEqual([])
  expect(open({ production: true, store: { ...memory(), local: false } }).warnings).toEqual([])
})

test('a session that another process made is told once, with what to do', () => {
  const [one, other] = [open(), open()]
  const sid = one.mint()
  one.view(sid)
  one.view(one.mint())
  expect(one.warnings).toEqual([])
  other.view(sid)
  other.view(one.mint())
  expect(other.warnings).toEqual([expect.stringContaining('another process made')])
  expect(other.warnings[0]).toContain('Set session.store to one that processes share')
  const shared = open({ store: { ...memory(), local: false } })
  shared.view(sid)
  expect(shared.warnings).toEqual([])
})

test('under node --watch a process knows the sessions of the one before it', () => {
  const state = { secret: 'a secret of the development state', load: () => undefined, save() {} }
  const sid = open({ state }).mint()
  const after = open({ state })
  after.view(sid)
  expect(after.warnings).toEqual([])
})
