import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDeaths, type Deaths } from './deaths.ts'
import type { SessionStore } from './store.ts'
import { memory } from './stores/memory.ts'

/** One that other processes see as well; `calls` counts what is asked of it. */
function shared() {
  const kept = memory()
  const calls = { read: 0, commit: 0 }
  const store: SessionStore = {
    ...kept,
    local: false,
    read(key) {
      calls.read++
      return kept.read(key)
    },
    commit(key, write) {
      calls.commit++
      return kept.commit(key, write)
    },
  }
  return { store, calls }
}

const opened: Deaths[] = []
const start = (store: SessionStore, listening = () => true) => {
  const deaths = createDeaths(store, 'patella:deaths')
  const heard: string[] = []
  opened.push(deaths)
  deaths.listen((name, tab) => heard.push(`${name} ${tab}`), listening)
  return { deaths, heard }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  for (const deaths of opened.splice(0)) deaths.close()
  vi.useRealTimers()
})

test('each process hears of a death within a second, its own at once', async () => {
  const { store } = shared()
  const [here, there, idle] = [start(store), start(store), start(store, () => false)]
  here.deaths.announce('one', 'tab')
  here.deaths.announce('two', undefined)
  expect(here.heard).toEqual(['one tab', 'two undefined'])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(there.heard).toEqual(['one tab', 'two undefined'])
  expect(idle.heard).toEqual([])
  there.deaths.announce('three', undefined)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(here.heard.slice(-1)).toEqual(['three undefined'])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(there.heard).toEqual(['one tab', 'two undefined', 'three undefined'])
})

test('processes that announce at the same time lose nothing', async () => {
  const { store } = shared()
  const slow: SessionStore = {
    ...store,
    async read(key) {
      const stored = await store.read(key)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return stored
    },
  }
  const processes = Array.from({ length: 5 }, () => start(slow))
  const listener = start(store)
  for (const [id, { deaths }] of processes.entries())
    for (let n = 0; n < 10; n++) deaths.announce(`${id}.${n}`, undefined)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(new Set(listener.heard).size).toBe(50)
})

test('what is announced while others are being written is told too', async () => {
  const { store } = shared()
  const slow: SessionStore = {
    ...store,
    async commit(key, write) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return store.commit(key, write)
    },
  }
  const [{ deaths }, listener] = [start(slow), start(store)]
  for (let n = 0; n < 20; n++) {
    deaths.announce(String(n), undefined)
    await vi.advanceTimersByTimeAsync(3)
  }
  await vi.advanceTimersByTimeAsync(1_000)
  expect(listener.heard).toEqual(Array.from({ length: 20 }, (_, n) => `${n} undefined`))
})

test('a board that was forgotten is begun anew and read from its beginning', async () => {
  const { store } = shared()
  const [here, there] = [start(store), start(store)]
  for (const name of ['a', 'b', 'c']) {
    here.deaths.announce(name, undefined)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  store.touch('patella:deaths', 1)
  await vi.advanceTimersByTimeAsync(1_000)
  // More of them than there were before nobody looked.
  const names = ['d', 'e', 'f', 'g', 'h']
  for (const name of names) {
    here.deaths.announce(name, undefined)
    await vi.advanceTimersByTimeAsync(1)
  }
  await vi.advanceTimersByTimeAsync(1_000)
  expect(there.heard.slice(-5)).toEqual(names.map((name) => `${name} undefined`))
})

test('what is no board, or a store that fails, ends nothing', async () => {
  const { store } = shared()
  store.commit('patella:deaths', { owner: 'a', version: 0, next: 1, body: '["x",[1,["x"],[1,2,3,4]]', ttl: 60_000 })
  const [here, there] = [start(store), start(store)]
  here.deaths.announce('a', undefined)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(there.heard).toEqual(['a undefined'])
  const fails = vi.spyOn(store, 'read').mockImplementation(() => {
    throw new Error('down')
  })
  here.deaths.announce('b', undefined)
  await vi.advanceTimersByTimeAsync(100)
  fails.mockRestore()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(there.heard).toEqual(['a undefined', 'b undefined'])
})

test('nobody looks where nobody listens, or in a store of one process', async () => {
  const { store, calls } = shared()
  start(store, () => false)
  createDeaths(store, 'patella:deaths')
  start({ ...store, local: true }).deaths.announce('a', undefined)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(calls).toEqual({ read: 0, commit: 0 })
})
