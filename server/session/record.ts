import { type Entries, formatEntries, noEntries, parseEntries } from './data.ts'
import { noFlash } from './flash.ts'
import { parseJson } from './json.ts'

/**
 * What is stored under an id that is alive: lines of JSON, which never holds a raw line break, so that notes and flash are
 * parsed when they are asked for, and values that nobody touched are written back as they are.
 */
export interface LiveRecord {
  dead: false
  /** When the session began, ms since 1970; 0 when it has not been written yet. */
  born: number
  /** When the browser was last given the cookie by a commit, ms since 1970. */
  sent: number
  data: Entries
  /** What waits for a later render: see flash.ts. */
  flash: string
  /** What was noted of the tabs' requests: see notes.ts. */
  notes: string
}

/** What is left under an id that was changed or destroyed: no data, and of the id that follows only a sealed copy. */
export interface Tombstone {
  dead: true
  /** When the id died, ms since 1970. */
  at: number
  /** The request that changed the id; absent when that was a plain one, whose response brought the cookie itself. */
  handoff?: Handoff
}

export interface Handoff {
  tab: string
  n: number
  /** The request's note, as JSON; absent when it was too long to keep. */
  note?: string
  /** The id that follows, sealed for this store key. */
  next: string
  /** Digest of the token that is good once for that id; '' when it was used. */
  token: string
}

/** How long a tombstone is kept, ms: twice as long as a tab resends a request. */
export const tombstoneMs = 120_000

/** First line of a body, of one alive with its two times. Another format gets another one; what has neither is not ours. */
const marks = { live: /^patella 1 (\d{1,15}) (\d{1,15})$/, dead: 'patella 1 dead' }

export const emptyRecord: LiveRecord = Object.freeze({
  dead: false,
  born: 0,
  sent: 0,
  data: noEntries,
  flash: noFlash,
  notes: '[]',
})

/** True when there is neither data nor flash in it. */
export function isBare({ data, flash }: LiveRecord): boolean {
  return data.size === 0 && flash === noFlash
}

export function formatRecord(record: LiveRecord | Tombstone): string {
  if (record.dead) return `${marks.dead}\n${JSON.stringify({ at: record.at, handoff: record.handoff })}\n`
  const { born, sent, flash, notes, data } = record
  return `patella 1 ${born} ${sent}\n${flash}\n${notes}\n${formatEntries(data)}`
}

/** `undefined` when the body is not one of this format. Nothing stored is an empty record. */
export function parseRecord(body: string): LiveRecord | Tombstone | undefined {
  if (body === '') return emptyRecord
  const lines = body.split('\n')
  // Every line ends with its break: a body that does not was cut off.
  if (lines.pop() !== '') return undefined
  const [mark = '', first, notes] = lines
  if (mark === marks.dead && first !== undefined && lines.length === 2) return parseTombstone(first)
  const [live, born, sent] = marks.live.exec(mark) ?? []
  if (live === undefined || first === undefined || notes === undefined) return undefined
  const data = parseEntries(lines, 3)
  return data && { dead: false, born: Number(born), sent: Number(sent), data, flash: first, notes }
}

function parseTombstone(line: string): Tombstone | undefined {
  const { at, handoff } = (parseJson(line) ?? {}) as Partial<Tombstone>
  if (typeof at !== 'number') return undefined
  if (!handoff) return { dead: true, at }
  const { tab, n, next, token } = handoff
  const whole = [tab, next, token].every((text) => typeof text === 'string') && typeof n === 'number'
  return whole ? { dead: true, at, handoff } : undefined
}
