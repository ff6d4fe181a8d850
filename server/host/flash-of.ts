import { PatellaError } from '../../protocol/errors.ts'
import type { OpenSession } from '../reflex/opened.ts'

/**
 * The flash of a plain request, to be read and written as one object: reading gives what an earlier request or action
 * left, and takes it away; writing leaves something for the next render, and reads back here.
 */
export function flashOf(opened: OpenSession): Record<string, unknown> {
  const pick = (key: string) => (Object.hasOwn(opened.leave, key) ? opened.leave : opened.flash)
  const write = (key: string, value: unknown) => {
    const { leave } = opened
    if (Object.isFrozen(leave)) throw new PatellaError('session_closed')
    leave[key] = value
    return true
  }
  return new Proxy(Object.create(null), {
    get: (_, key) => (typeof key === 'string' ? pick(key)[key] : undefined),
    set: (_, key, value) => write(String(key), value),
    deleteProperty: (_, key) => write(String(key), undefined),
    has: (_, key) => typeof key === 'string' && (key in opened.leave || key in opened.flash),
    ownKeys: () => [...new Set([...Object.keys(opened.flash), ...Object.keys(opened.leave)])],
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === 'string' && pick(key)[key] !== undefined
        ? { value: pick(key)[key], configurable: true, enumerable: true, writable: true }
        : undefined,
  })
}
