import type { StoredSession } from '../../store.ts'

/** What is kept under one key. */
export interface Item extends StoredSession {
  /** Who made the last commit, so that it is known again when it comes a second time; '' for nobody. */
  readonly writer: string
  /** Who holds the lease; '' for nobody. */
  readonly owner: string
  /** Until when, ms since 1970. */
  readonly until: number
  /** Until when the record lives, ms since 1970: Memcached itself counts seconds. */
  readonly expires: number
}

export const emptyItem: Item = Object.freeze({ version: 0, writer: '', owner: '', until: 0, expires: 0, body: '' })

const head = /^patella (\d{1,15}) (\S{1,64}) (\S{1,64}) (\d{1,15}) (\d{1,15})$/

export function formatItem({ version, writer, owner, until, expires, body }: Item): string {
  return `patella ${version} ${writer || '-'} ${owner || '-'} ${Math.ceil(until)} ${Math.ceil(expires)}\n${body}`
}

/** A record whose life is over is none; what is not of this form counts as nothing, and is replaced. */
export function parseItem(text: string): Item {
  const end = text.indexOf('\n')
  const [, version, writer = '', owner = '', until, expires] = head.exec(text.slice(0, Math.max(end, 0))) ?? []
  if (version === undefined) return emptyItem
  // Told by the moment, for `-` may be somebody's name.
  const lease = until === '0' ? { owner: '', until: 0 } : { owner, until: Number(until) }
  const alive = Number(version) > 0 && Number(expires) > Date.now()
  if (!alive) return { ...emptyItem, ...lease }
  return { version: Number(version), writer, ...lease, expires: Number(expires), body: text.slice(end + 1) }
}

/** Whether somebody other than `own` has a lease that has not run out. */
export function leaseOfOther({ owner, until }: Item, own: string): boolean {
  return owner !== '' && owner !== own && until > Date.now()
}

export function stored({ version, body }: Item): StoredSession {
  return { version, body }
}
