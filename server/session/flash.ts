import type { FlashChanges } from './contract.ts'
import { type Entries, jsonOf, noEntries } from './data.ts'
import { parseObject } from './json.ts'

/**
 * What was left for a later render. Each entry carries the stamp of the commit that wrote it, so that a render takes
 * away what it read and not what was written under the same key meanwhile.
 */
type Left = ReadonlyMap<string, readonly [value: unknown, stamp: string]>

/** What is stored where nothing was left. */
export const noFlash = '{}'

const nothing: Record<string, never> = Object.freeze(Object.create(null))

/** The flash of one session, held or viewed. What is not touched is not parsed. */
export class Flash {
  readonly #text: string
  #entries: Left | undefined = undefined
  #values: Readonly<Record<string, unknown>> | undefined = undefined
  #leave: Record<string, unknown> | undefined = undefined
  #consumed: Map<string, string> | undefined = undefined

  constructor(text: string) {
    this.#text = text
  }

  /** What earlier commits left; a key that is read counts as consumed. */
  get values(): Readonly<Record<string, unknown>> {
    this.#values ??= this.#text === noFlash ? nothing : this.#reader()
    return this.#values
  }

  /** Written for a later render. */
  get leave(): Record<string, unknown> {
    this.#leave ??= Object.create(null) as Record<string, unknown>
    return this.#leave
  }

  /** What was done; `undefined` when that is nothing. Throws `session_not_serializable`. */
  changes(): FlashChanges | undefined {
    const left = this.#written()
    return left.size > 0 || this.#consumed ? { consumed: this.#consumed ?? noEntries, left } : undefined
  }

  /** Does to this flash what was done to another one. */
  merge({ consumed, left }: FlashChanges): void {
    for (const [key, stamp] of consumed) this.#consume(key, stamp)
    for (const [key, text] of left) this.leave[key] = JSON.parse(text)
  }

  /** What is left of what earlier commits left: for the render after this one's. */
  rest(): string {
    const consumed = this.#consumed
    if (!consumed) return this.#text
    const kept = [...this.#left()].filter(([key, [, stamp]]) => consumed.get(key) !== stamp)
    return JSON.stringify(Object.fromEntries(kept))
  }

  /** What is stored once `rest` and what was written here are committed. Throws `session_not_serializable`. */
  following(rest: string, stamp: string): string {
    const written = this.#written()
    if (written.size === 0) return rest
    const fresh = Array.from(written, ([key, text]) => [key, [JSON.parse(text), stamp]] as const)
    return JSON.stringify(Object.fromEntries([...parse(rest), ...fresh]))
  }

  /** Reading goes on, writing throws. */
  close(): void {
    this.#leave = this.#leave ? Object.freeze(this.#leave) : nothing
  }

  #left(): Left {
    this.#entries ??= parse(this.#text)
    return this.#entries
  }

  #written(): Entries {
    const fields = Object.entries(this.#leave ?? nothing)
    if (fields.length === 0) return noEntries
    const written = new Map<string, string>()
    for (const [key, value] of fields) {
      const text = jsonOf('flash', key, value)
      if (text !== undefined) written.set(key, text)
    }
    return written
  }

  #consume(key: string, stamp: string): void {
    this.#consumed ??= new Map()
    this.#consumed.set(key, stamp)
  }

  #reader(): Readonly<Record<string, unknown>> {
    const entries = this.#left()
    const values: Record<string, unknown> = Object.create(null)
    for (const [key, [value]] of entries) values[key] = value
    return new Proxy(Object.freeze(values), {
      get: (_, key) => {
        const entry = entries.get(key as string)
        if (entry) this.#consume(key as string, entry[1])
        return values[key as string]
      },
    })
  }
}

/** None when the text is not one of `following`. */
function parse(text: string): Left {
  if (text === noFlash) return new Map()
  const entries = Object.entries(parseObject(text) ?? {})
  return new Map(entries.filter((entry): entry is [string, [unknown, string]] => isEntry(entry[1])))
}

function isEntry(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === 'string'
}
