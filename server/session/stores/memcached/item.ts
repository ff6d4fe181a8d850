import type { StoredSession } from '../../store.ts'

/** What is kept under one key. */
export interface Item extends StoredSession {
  /** Who holds the lease; '' for nobody. */
  readonly owner: string
  /** Until when, ms since 1970. */
  readonly until: number
  /** Until when the record lives, ms since 1970: Memcached itself counts seconds. */
  readonly expires: number
}

export const emptyItem: Item = Object.freeze({ version: 0, owner: '', until: 0, expires: 0, body: '' })

const head = /^patella (\d{1,15}) (\S{1,64}) (\d{1,15}) (\d{1,15})$/

export function formatItem({ version, owner, until, expires, body }: Item): string {
  return `patella ${version} ${owner || '-'} ${Math.ceil(until)} ${Math.ceil(expires)}\n${body}`
}

/** A record whose life is over is none; what is not of this form counts as nothing, and is replaced. */
export function parseItem(text: string): Item {
  const end = text.indexOf('\n')
  const [, version, owner = '', until, expires] = head.exec(text.slice(0, Math.max(end, 0))) ?? []
  if (version === undefined) return emptyItem
  const lease = { owner: owner === '-' ? '' : owner, until: Number(until) }
  const alive = Number(version) > 0 && Number(expires) > Date.now()
  if (!alive) return { ...emptyItem, ...lease }
  return { version: Number(version), ...lease, expires: Number(expires), body: text.slice(end + 1) }
}

/** Whether somebody other than `owner` has a lease that has not run out. */
export function leaseOfOther({ owner, until }: Item, own: string): boolean {
  return owner !== '' && owner !== own && until > Date.now()
}

export function stored({ version, body }: Item): StoredSession {
  return { version, body }
}
