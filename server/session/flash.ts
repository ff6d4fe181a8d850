import { entriesOf } from './data.ts'
import { parseObject } from './json.ts'

/**
 * What an action leaves for a later render. Each entry carries the stamp of the commit that wrote it, so that a render
 * takes away what it showed and not what was written under the same key meanwhile.
 */
export type FlashEntries = ReadonlyMap<string, readonly [value: unknown, stamp: string]>

export interface FlashReader {
  /** The values by key; reading one marks it as shown. */
  readonly values: Readonly<Record<string, unknown>>
  /** What was shown: stamps by key. */
  readonly shown: ReadonlyMap<string, string>
}

export function createFlashReader(entries: FlashEntries): FlashReader {
  const values: Record<string, unknown> = Object.create(null)
  for (const [key, [value]] of entries) values[key] = value
  const shown = new Map<string, string>()
  return {
    shown,
    values: new Proxy(Object.freeze(values), {
      get(target, key) {
        const entry = entries.get(key as string)
        if (entry) shown.set(key as string, entry[1])
        return Reflect.get(target, key)
      },
    }),
  }
}

/** The entries less those that were shown. */
export function withoutShown(entries: FlashEntries, shown: ReadonlyMap<string, string>): FlashEntries {
  return new Map([...entries].filter(([key, [, stamp]]) => shown.get(key) !== stamp))
}

/** The entries and what an action wrote. Throws `session_not_serializable`. */
export function withWritten(entries: FlashEntries, written: Record<string, unknown>, stamp: string): FlashEntries {
  const fresh = Array.from(entriesOf(written, 'flash'), ([key, text]) => [key, [JSON.parse(text), stamp]] as const)
  return fresh.length > 0 ? new Map([...entries, ...fresh]) : entries
}

export function formatFlash(entries: FlashEntries): string {
  return JSON.stringify(Object.fromEntries(entries))
}

/** None when the text is not one of `formatFlash`. */
export function parseFlash(text: string): FlashEntries {
  const entries = Object.entries(parseObject(text) ?? {})
  return new Map(entries.filter((entry): entry is [string, [unknown, string]] => isEntry(entry[1])))
}

function isEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === 'string'
}
