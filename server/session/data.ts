import { PatellaError } from '../../protocol/errors.ts'
import { parseJson } from './json.ts'

/** A session's data: its own keys on a null prototype. */
export type Data = Record<string, unknown>

/** The same as it is stored: values as JSON. What is not touched is written back as it was. */
export type Entries = ReadonlyMap<string, string>

export const noEntries: Entries = new Map()

/** Names that a session cannot have as keys: its controls, and what would change how an object behaves. */
export const reservedKeys: ReadonlySet<string> = new Set([
  'id',
  'regenerate',
  'destroy',
  'update',
  '__proto__',
  'constructor',
  'prototype',
  'toJSON',
  'toString',
  'valueOf',
  'then',
])

/**
 * The entries of lines, from the line `first` on: one for a key, one for its value; `undefined` when they are not such.
 * Reserved names are left out.
 */
export function parseEntries(lines: readonly string[], first: number): Entries | undefined {
  if (lines.length === first) return noEntries
  const entries = new Map<string, string>()
  for (let line = first; line < lines.length; line += 2) {
    const key = parseJson(lines[line] as string)
    const text = lines[line + 1]
    if (typeof key !== 'string' || text === undefined) return undefined
    if (!reservedKeys.has(key)) entries.set(key, text)
  }
  return entries
}

/** Each line with its line break. JSON never holds a raw one. */
export function formatEntries(entries: Entries): string {
  let lines = ''
  for (const [key, text] of entries) lines += `${JSON.stringify(key)}\n${text}\n`
  return lines
}

/**
 * A value as JSON; `undefined` when it is `undefined`. Throws `session_not_serializable`, with the name, for one that
 * JSON would lose.
 */
export function jsonOf(name: string, key: string, value: unknown): string | undefined {
  let text: string | undefined
  let lost: string | undefined
  try {
    text = JSON.stringify(value)
    lost = whatJsonLoses(value)
  } catch (error) {
    lost = (error as Error).message
  }
  if (lost) throw new PatellaError('session_not_serializable', { reason: `${name}.${key} holds ${lost}` })
  return text
}

/** Every object and array in a value, itself included. */
export function objectsIn(value: unknown, objects: object[] = []): object[] {
  if (typeof value === 'object' && value !== null) {
    objects.push(value)
    for (const inner of Object.values(value)) objectsIn(inner, objects)
  }
  return objects
}

/** JSON leaves functions out and makes `{}` of a Map and `null` of NaN without a word; a forgotten `await` becomes `{}` too. */
function whatJsonLoses(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value)
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value !== 'object' || value === null || typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    return undefined
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind !== 'Object' && kind !== 'Array') return `a ${kind}`
  for (const inner of Object.values(value)) {
    const lost = whatJsonLoses(inner)
    if (lost) return lost
  }
  return undefined
}
