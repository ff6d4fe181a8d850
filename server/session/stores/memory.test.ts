import { describe, expect, test, vi } from 'vitest'
import { sessionStoreConformance } from '../conformance.ts'
import { memory } from './memory.ts'

const write = (body: string, version = 0, ttl = 60_000) => ({ owner: 'a', version, next: version + 1, body, ttl })

describe('conformance', () => {
  for (const { name, run } of sessionStoreConformance(() => ({ store: memory() }))) test(name, run)
})

describe('memory', () => {
  test('drops the session unused for longest when there are too many', () => {
    const store = memory({ maxEntries: 3 })
    for (const key of ['a', 'b', 'c']) store.commit(key, write(key))
    store.read('a')
    store.commit('d', write('d'))
    expect(['a', 'b', 'c', 'd'].filter((key) => store.read(key).version > 0)).toEqual(['a', 'c', 'd'])
  })

  test('drops sessions when they take too much', () => {
    const store = memory({ maxBytes: 3_750 })
    for (let n = 0; n < 100; n++) store.commit(`key${n}`, write('x'.repeat(50)))
    const kept = Array.from({ length: 100 }, (_, n) => n).filter((n) => store.read(`key${n}`).version > 0)
    expect(kept).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99])
    store.commit('key99', write('', 1))
    store.commit('more', write('x'.repeat(50)))
    expect(store.read('key90').version).toBe(1)
  })

  test('takes no body that would push most others out', () => {
    expect(memory().maxBytes).toBe(4 * 1024 * 1024)
  })

  test('sweeps what expired unread, and then lets its timer go', () => {
    vi.useFakeTimers()
    try {
      const store = memory()
      store.commit('a', write('x', 0, 1_000))
      store.acquire('b', 'gone', 1_000)
      vi.advanceTimersByTime(120_000)
      expect(store.dump()).toBe('[]')
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('restores what was dumped, without what expired since', () => {
    vi.useFakeTimers()
    try {
      const before = memory()
      before.commit('a', write('x'))
      before.commit('b', write('y', 0, 10))
      const text = before.dump()
      vi.advanceTimersByTime(20)
      const after = memory()
      after.restore(text)
      expect(after.read('a')).toEqual({ version: 1, body: 'x' })
      expect(after.read('b').version).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each(['', 'x', 'null', '{}', '[1]', '[[]]', '[["a",-1,"x",9e15]]', '[["a","1","x"]]'])(
    'restores nothing from %j',
    (text) => {
      const store = memory()
      store.restore(text)
      expect(store.dump()).toBe('[]')
    },
  )

  test('keeps its state across restarts', () => {
    vi.useFakeTimers()
    try {
      let saved: string | undefined
      const state = {
        load: () => saved,
        save: (text: string) => {
          saved = text
        },
      }
      const before = memory({ state })
      before.commit('a', write('x'))
      vi.advanceTimersByTime(1_000)
      expect(memory({ state }).read('a').body).toBe('x')
      before.commit('a', write('y', 1))
      before.close()
      expect(memory({ state }).read('a').body).toBe('y')
    } finally {
      vi.useRealTimers()
    }
  })

  test('refuses senseless bounds', () => {
    expect(() => memory({ maxEntries: 0 })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
    expect(() => memory({ maxBytes: Number.NaN })).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})
