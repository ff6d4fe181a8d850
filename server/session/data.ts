import { PatellaError } from '../../protocol/errors.ts'
import { parseObject } from './json.ts'

/** A session's data: its own keys on a null prototype. */
export type Data = Record<string, unknown>

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

/** The data of a JSON text; empty, and `corrupt` told, when that is no JSON object. Reserved names are left out. */
export function parseData(text: string, corrupt?: () => void): Data {
  const data = parseObject(text)
  if (!data) {
    corrupt?.()
    return Object.create(null)
  }
  for (const key of Object.keys(data)) if (reservedKeys.has(key)) delete data[key]
  return data
}

/** Each key with its value as JSON. Throws `session_not_serializable` for a value that JSON would lose; `name` has it. */
export function entriesOf(data: Data, name = 'session'): Map<string, string> {
  const entries = new Map<string, string>()
  for (const key of Object.keys(data)) {
    const text = valueText(`${name}.${key}`, data[key])
    if (text !== undefined) entries.set(key, text)
  }
  return entries
}

/** What `JSON.stringify` makes of the data that has these entries. */
export function textOf(entries: ReadonlyMap<string, string>): string {
  return `{${Array.from(entries, ([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`
}

/** The data and every object and array in it. */
export function objectsIn(data: Data): object[] {
  const objects: object[] = []
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    objects.push(value)
    for (const inner of Object.values(value)) visit(inner)
  }
  for (const value of Object.values(data)) visit(value)
  return objects
}

function valueText(name: string, value: unknown): string | undefined {
  let text: string | undefined
  let lost: string | undefined
  try {
    text = JSON.stringify(value)
    lost = whatJsonLoses(value)
  } catch (error) {
    lost = (error as Error).message
  }
  if (lost) throw new PatellaError('session_not_serializable', { reason: `${name} holds ${lost}` })
  return text
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
