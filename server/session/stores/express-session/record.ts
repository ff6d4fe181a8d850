import { PatellaError } from '../../../../protocol/errors.ts'
import { type Entries, noEntries } from '../../data.ts'
import { noFlash } from '../../flash.ts'
import { formatRecord, type LiveRecord, parseRecord } from '../../record.ts'
import type { StoredSession } from '../../store.ts'

/** What express-session keeps of its cookie; stores make the record's life of it. */
interface ExpressCookie {
  /** Life after each use, ms; null for as long as the browser is open, which the store counts by a default of its own. */
  originalMaxAge: number | null
  /** ISO 8601; null as above. */
  expires: string | null
  [attribute: string]: unknown
}

/** A session as express-session stores it: the app's data, its cookie, and what is Patella's own. */
export interface ExpressRecord {
  cookie?: ExpressCookie
  _patella?: Own
  [key: string]: unknown
}

interface Own {
  v: number
  /** A text that is no session of the app. */
  body?: string
  born?: number
  sent?: number
  flash?: string
  notes?: string
  /** True when Patella began the record, and its own `expireAfter` counts. */
  began?: boolean
}

const nothing: StoredSession = Object.freeze({ version: 0, body: '' })

/** A record that was never Patella's counts as written once. */
export function versionOf(record: ExpressRecord | undefined): number {
  return record ? (ownOf(record).v ?? 1) : 0
}

export function storedOf(record: ExpressRecord | undefined): StoredSession {
  if (!record) return nothing
  const { body, born = 0, sent = 0, flash = noFlash, notes = '[]' } = ownOf(record)
  const text = body ?? formatRecord({ dead: false, born, sent, flash, notes, data: entriesOf(record) })
  return { version: versionOf(record), body: text }
}

/** A text of Patella's own: the board of deaths, a tombstone. */
export function rawRecord(version: number, body: string, ttl: number): ExpressRecord {
  return { cookie: cookieFor(ttl), _patella: { v: version, body } }
}

/**
 * What is stored now, with the keys that `mine` has changed since `base`: what a route wrote meanwhile stays, and so do
 * keys that Patella cannot show.
 *
 * @throws session_key_reserved
 */
export function withChanges(
  present: ExpressRecord | undefined,
  base: ExpressRecord | undefined,
  mine: LiveRecord,
  { version, ttl }: { version: number; ttl: number },
): ExpressRecord {
  const { born, sent, flash, notes, data } = mine
  for (const key of ['cookie', '_patella']) if (data.has(key)) throw new PatellaError('session_key_reserved', { key })
  const before = shownOf(base)
  const next: ExpressRecord = { ...present }
  for (const key of before.keys()) if (!data.has(key)) delete next[key]
  for (const [key, text] of data) if (before.get(key) !== text) next[key] = JSON.parse(text)
  const began = present === undefined || ownOf(present).began === true
  next._patella = { v: version, born, sent, flash, notes, ...(began && { began }) }
  next.cookie = renewed(next, ttl)
  return next
}

/** The record's cookie with a life of `ttl` ms from now on; one that the app began keeps to the app's own. */
export function renewed(record: ExpressRecord, ttl: number): ExpressCookie {
  const { cookie } = record
  if (!cookie || ownOf(record).began) return cookieFor(ttl, cookie)
  const { originalMaxAge } = cookie
  if (typeof originalMaxAge !== 'number') return cookie
  return living(cookie, Math.min(originalMaxAge, ttl), originalMaxAge)
}

function cookieFor(ttl: number, attributes: object = { httpOnly: true, path: '/' }): ExpressCookie {
  const life = Math.max(1, Math.ceil(ttl))
  return living(attributes, life, life)
}

/** With a life of so many ms from now on. */
function living(attributes: object, maxAge: number, originalMaxAge: number): ExpressCookie {
  const cookie = { ...attributes, originalMaxAge, expires: new Date(Date.now() + maxAge).toISOString() }
  // As express-session's own cookies have it: some stores read it, none keeps it.
  return Object.defineProperty(cookie, 'maxAge', { value: maxAge })
}

/** As Patella shows them: reserved names left out. */
function shownOf(record: ExpressRecord | undefined): Entries {
  const parsed = record && parseRecord(storedOf(record).body)
  return parsed && !parsed.dead ? parsed.data : noEntries
}

function entriesOf(record: ExpressRecord): Entries {
  const { cookie: _cookie, _patella, ...data } = record
  return new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]))
}

function ownOf({ _patella: own }: ExpressRecord): Partial<Own> {
  return own !== null && typeof own === 'object' ? own : {}
}
