import { recordLimits } from '../../protocol/limits.ts'
import type { Note, Recall } from './contract.ts'
import { parseJson } from './json.ts'

/** Tabs by their ids, the least recently used first. */
export type Notes = Map<string, TabNotes>

interface TabNotes {
  /** The highest number that was noted. */
  last: number
  /** When the last one was noted, ms since 1970. */
  used: number
  /** Texts by their numbers, in the order in which they were noted; null where the text was not kept. */
  texts: Map<number, string | null>
  /** Until when the last one may still run, ms since 1970. */
  until: number | undefined
}

/** Most characters that the texts of all tabs take. Without it 64 tabs of 32 notes could fill 128 MB with one session. */
const budget = 8 * recordLimits.effects

const fresh: Recall = Object.freeze({ kind: 'new' })
const stale: Recall = Object.freeze({ kind: 'stale' })

export function recallNote(notes: Notes, tab: string, n: number, now: number): Recall {
  const entry = notes.get(tab)
  if (!entry || outlived(entry, now)) return fresh
  const text = entry.texts.get(n)
  return text ? recalled(text) : n <= entry.last ? stale : fresh
}

/** What is known of a request that left this text. One that is no JSON any more is known to have run. */
export function recalled(text: string | undefined): Recall {
  const note = text === undefined ? undefined : parseJson(text)
  return note === undefined ? stale : { kind: 'done', note }
}

/** Notes a request and forgets what need not, or may not, be kept any longer. */
export function addNote(notes: Notes, { tab, n, low, text, until }: Note, now: number): void {
  for (const [id, entry] of notes) if (outlived(entry, now)) notes.delete(id)

  const { last = 0, texts = new Map() } = notes.get(tab) ?? {}
  texts.set(n, keepable(text) ?? null)
  for (const number of texts.keys()) if (number < Math.min(low, n)) texts.delete(number)
  notes.delete(tab)
  notes.set(tab, { last: Math.max(last, n), used: now, texts, until })

  trim(texts, recordLimits.perTab)
  trim(notes, recordLimits.tabs)
  keepWithin(budget, notes)
}

/** A note's text; `undefined` when it is too long to be kept. */
export function keepable(text: string): string | undefined {
  return text.length > recordLimits.effects ? undefined : text
}

/** The notes with no text kept but one tab's: what ran stays known, and takes next to no room. */
export function withoutTexts(notes: Notes, except?: string): Notes {
  const bare = (texts: TabNotes['texts']) => new Map(Array.from(texts.keys(), (n) => [n, null]))
  return new Map(
    Array.from(notes, ([tab, entry]) => [tab, tab === except ? entry : { ...entry, texts: bare(entry.texts) }]),
  )
}

export function formatNotes(notes: Notes): string {
  return JSON.stringify(
    Array.from(notes, ([tab, { last, used, texts, until }]) => {
      const row = [tab, last, used, [...texts]]
      return until === undefined ? row : [...row, until]
    }),
  )
}

/** None when the text is not one of `formatNotes`. */
export function parseNotes(text: string): Notes {
  const notes: Notes = new Map()
  const list = parseJson(text)
  for (const [tab, last, used, texts, until] of Array.isArray(list) ? list.filter(Array.isArray) : []) {
    const numbers = [last, used].every(Number.isSafeInteger) && (until === undefined || typeof until === 'number')
    const whole = typeof tab === 'string' && numbers && Array.isArray(texts) && texts.every(isNoted)
    if (whole) notes.set(tab, { last, used, texts: new Map(texts), until })
  }
  return notes
}

/** The text itself is looked at when it is recalled. */
function isNoted(entry: unknown): boolean {
  return Array.isArray(entry) && Number.isSafeInteger(entry[0]) && (entry[1] === null || typeof entry[1] === 'string')
}

function outlived({ used, until = 0 }: TabNotes, now: number): boolean {
  return now > Math.max(used + recordLimits.age, until)
}

/** Drops the oldest. */
function trim(map: Map<unknown, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return
    map.delete(key)
  }
}

/** Gives up texts, those of the tab that was idle longest first; that their requests ran stays known. */
function keepWithin(characters: number, notes: Notes): void {
  let total = 0
  for (const { texts } of notes.values()) for (const text of texts.values()) total += text?.length ?? 0
  for (const { texts } of notes.values()) {
    if (total <= characters) return
    for (const [n, text] of texts) {
      if (total <= characters) return
      total -= text?.length ?? 0
      texts.set(n, null)
    }
  }
}
