import type { ExpressRecord } from './record.ts'
import { type ExpressStore, unwatched } from './watch.ts'

/** The same as promises, which reject when no answer came for `timeout` ms. */
export interface ExpressCalls {
  /** A plain copy. */
  get(sid: string): Promise<ExpressRecord | undefined>
  set(sid: string, record: ExpressRecord): Promise<void>
  destroy(sid: string): Promise<void>
  /** By `set` where the store has no `touch`. */
  touch(sid: string, record: ExpressRecord): Promise<void>
}

export function callOf(store: ExpressStore, timeout: number): ExpressCalls {
  const { set, destroy } = unwatched(store)
  const { get, touch = set } = store
  const ask = <T>(call: (done: (error?: any, value?: T) => void) => unknown) =>
    new Promise<T | undefined>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout).unref()
      const done = (error?: any, value?: T) => {
        clearTimeout(timer)
        if (error && error.code !== 'ENOENT') reject(error)
        else resolve(value)
      }
      // Some answer by a promise too: what it rejects with was told to the callback already.
      Promise.resolve(call(done)).catch(done)
    })
  return {
    async get(sid) {
      const session = await ask<unknown>((done) => get.call(store, sid, done))
      return session === null || typeof session !== 'object' ? undefined : JSON.parse(JSON.stringify(session))
    },
    set: async (sid, record) => void (await ask((done) => set.call(store, sid, record, done))),
    destroy: async (sid) => void (await ask((done) => destroy.call(store, sid, done))),
    touch: async (sid, record) => void (await ask((done) => touch.call(store, sid, record, done))),
  }
}
