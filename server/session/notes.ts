import { recordLimits } from '../../protocol/limits.ts'
import { parseJson } from './json.ts'

/** What is known of a request: 'stale' is one that is past and may not run any more. */
export type Recall = { kind: 'new' } | { kind: 'done'; note: unknown } | { kind: 'stale' }

/** A request to be noted. */
export interface Note {
  tab: string
  n: number
  /** The lowest number that the tab still awaits; what was noted below it is forgotten. */
  low: number
  /** What a repeat is answered from: any JSON value. */
  value: unknown
}

/** Tabs by their ids, the least recently used first. */
export type Notes = Map<string, TabNotes>

interface TabNotes {
  /** The highest number that was noted. */
  last: number
  /** When the last one was noted, ms since 1970. */
  used: number
  /** Values as JSON by their numbers, in the order in which they were noted; null where the value was not kept. */
  values: Map<number, string | null>
}

/** Most characters that the values of all tabs take. Without it 64 tabs of 32 notes could fill 128 MB with one session. */
const budget = 8 * recordLimits.effects

export function recallNote(notes: Notes, tab: string, n: number, now: number): Recall {
  const entry = notes.get(tab)
  if (!entry || outlived(entry, now)) return { kind: 'new' }
  const value = entry.values.get(n)
  if (value) return { kind: 'done', note: JSON.parse(value) }
  return { kind: n <= entry.last ? 'stale' : 'new' }
}

/** Notes a request and forgets what need not, or may not, be kept any longer. */
export function addNote(notes: Notes, { tab, n, low, value }: Note, now: number): void {
  for (const [id, entry] of notes) if (outlived(entry, now)) notes.delete(id)

  const entry = notes.get(tab) ?? { last: 0, used: 0, values: new Map() }
  notes.delete(tab)
  notes.set(tab, entry)
  entry.last = Math.max(entry.last, n)
  entry.used = now
  entry.values.set(n, noteText(value) ?? null)
  for (const number of entry.values.keys()) if (number < Math.min(low, n)) entry.values.delete(number)

  trim(entry.values, recordLimits.perTab)
  trim(notes, recordLimits.tabs)
  keepWithin(budget, notes)
}

/** A note's value as JSON; `undefined` when it is too long to be kept. */
export function noteText(value: unknown): string | undefined {
  const text = JSON.stringify(value ?? null)
  return text.length > recordLimits.effects ? undefined : text
}

/** The notes with no value kept: what ran stays known, and takes next to no room. */
export function withoutValues(notes: Notes): Notes {
  const bare = (values: TabNotes['values']) => new Map(Array.from(values.keys(), (n) => [n, null]))
  return new Map(Array.from(notes, ([tab, entry]) => [tab, { ...entry, values: bare(entry.values) }]))
}

/** The notes of one tab alone. */
export function notesOf(notes: Notes, tab: string): Notes {
  const entry = notes.get(tab)
  return new Map(entry ? [[tab, entry]] : [])
}

export function formatNotes(notes: Notes): string {
  return JSON.stringify(Array.from(notes, ([tab, { last, used, values }]) => [tab, last, used, [...values]]))
}

/** None when the text is not one of `formatNotes`. */
export function parseNotes(text: string): Notes {
  const notes: Notes = new Map()
  const list = parseJson(text)
  for (const [tab, last, used, values] of Array.isArray(list) ? list.filter(Array.isArray) : []) {
    const whole = typeof tab === 'string' && [last, used].every(Number.isSafeInteger) && Array.isArray(values)
    if (whole && values.every(isValue)) notes.set(tab, { last, used, values: new Map(values) })
  }
  return notes
}

function isValue(entry: unknown): boolean {
  return (
    Array.isArray(entry) &&
    Number.isSafeInteger(entry[0]) &&
    (entry[1] === null || (typeof entry[1] === 'string' && parseJson(entry[1]) !== undefined))
  )
}

function outlived(entry: TabNotes, now: number): boolean {
  return now - entry.used > recordLimits.age
}

/** Drops the oldest. */
function trim(map: Map<unknown, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return
    map.delete(key)
  }
}

/** Gives up values, those of the tab that was idle longest first; that their requests ran stays known. */
function keepWithin(characters: number, notes: Notes): void {
  const all = [...notes.values()]
  let total = 0
  for (const { values } of all) for (const value of values.values()) total += value?.length ?? 0
  for (const { values } of all) {
    for (const [n, value] of values) {
      if (total <= characters) return
      total -= value?.length ?? 0
      values.set(n, null)
    }
  }
}
