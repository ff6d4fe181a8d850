import { expect, test } from 'vitest'
import type { Committed, HeldSession, SessionView } from './contract.ts'
import { createSessions } from './sessions.ts'
import { memory } from './stores/memory.ts'

function open() {
  const logger = { warn() {} }
  const sessions = createSessions({ secrets: ['secret'], production: false, logger, leaseMs: 15_000, store: memory() })
  const sid = sessions.mint()
  return {
    hold: () => sessions.hold(sid, { waitMs: 0 }) as HeldSession,
    view: (id = sid) => sessions.view(id) as SessionView,
  }
}

const note = { tab: 'tab', n: 1, low: 1, text: 'null' }
const written = (committed: unknown) => committed as Extract<Committed, { ok: true }>

test('holds what JSON can hold', () => {
  const held = open().hold()
  held.leave.count = 1n
  const reason = expect.objectContaining({ message: expect.stringContaining('flash.count') })
  expect(() => held.commit({ keep: true })).toThrow(reason)
})

test('reaches a later render, not the one that follows its commit, and only once', () => {
  const { hold, view } = open()
  const held = hold()
  held.leave.notice = 'Saved'
  const { view: following } = written(held.commit({ keep: true, note }))
  expect({ ...following.flash }).toEqual({})
  following.commit({ waitMs: 0 })

  const next = view()
  expect(next.flash.notice).toBe('Saved')
  expect(next.flash.notice).toBe('Saved')
  next.commit({ waitMs: 0 })
  expect(view().flash.notice).toBeUndefined()
})

test('that was not read stays', () => {
  const { hold, view } = open()
  const held = hold()
  Object.assign(held.leave, { notice: 'a', alert: 'b' })
  held.commit({ keep: true })
  const first = view()
  expect([first.flash.notice, 'alert' in first.flash]).toEqual(['a', true])
  first.commit({ waitMs: 0 })
  const second = view()
  expect({ ...second.flash }).toEqual({ alert: 'b' })
  second.commit({ waitMs: 0 })
  expect(Object.keys(view().flash)).toEqual([])
})

test('written meanwhile under the same key is not taken away', () => {
  const { hold, view } = open()
  const write = () => {
    const held = hold()
    held.leave.notice = 'Saved'
    held.commit({ keep: true })
  }
  write()
  const render = view()
  expect(render.flash.notice).toBe('Saved')
  write()
  render.commit({ waitMs: 0 })
  expect(view().flash.notice).toBe('Saved')
})

test('of an earlier commit reaches the render that follows a later one', () => {
  const { hold, view: viewOf } = open()
  const held = hold()
  held.leave.notice = 'one'
  held.commit({ keep: true })
  const later = hold()
  later.leave.notice = 'two'
  const { view } = written(later.commit({ keep: true }))
  expect(view.flash.notice).toBe('one')
  view.commit({ waitMs: 0 })
  const next = viewOf()
  expect(next.flash.notice).toBe('two')
})

test('is read by an action too, and then gone; not when the action failed', () => {
  const { hold, view } = open()
  const first = hold()
  Object.assign(first.leave, { notice: 'a', alert: 'b' })
  first.commit({ keep: true })

  const failed = hold()
  expect(failed.flash.notice).toBe('a')
  failed.commit({ keep: false, note })

  const second = hold()
  expect([second.flash.notice, 'late' in second.flash]).toEqual(['a', false])
  second.leave.late = 'c'
  expect(second.flash.late).toBeUndefined()
  const { view: following } = written(second.commit({ keep: true }))
  expect({ ...following.flash }).toEqual({ alert: 'b' })
  expect(Object.keys(view().flash)).toEqual(['alert', 'late'])
})

test('left by a render reaches a later one', () => {
  const { hold, view } = open()
  const render = view()
  render.leave.notice = 'from a render'
  expect({ ...render.flash }).toEqual({})
  expect(render.commit({ waitMs: 0 })).toMatchObject({ ok: true })
  expect(() => Object.assign(render.leave, { late: 1 })).toThrow(TypeError)
  expect(hold().flash.notice).toBe('from a render')
})

test('of a view goes with what else was done to it', () => {
  const { hold, view } = open()
  const seen = view()
  seen.session.a = 1
  seen.leave.notice = ['x']
  const held = hold()
  held.apply(seen.end() as never)
  held.leave.alert = 'y'
  held.commit({ keep: true })
  expect({ ...view().flash }).toEqual({ notice: ['x'], alert: 'y' })
})

test('of a destroyed session is only what was left with its end', () => {
  const { hold, view } = open()
  const first = hold()
  first.leave.notice = 'Saved'
  first.commit({ keep: true })
  const held = hold()
  held.leave.bye = 'Goodbye'
  held.session.destroy()
  const { sid } = written(held.commit({ keep: true }))
  expect({ ...view(sid).flash }).toEqual({ bye: 'Goodbye' })
})
