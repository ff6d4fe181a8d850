import { PatellaError } from '../../protocol/errors.ts'
import type { WireElement } from '../../protocol/messages.ts'

const noStrings: Readonly<Record<string, string>> = Object.freeze(Object.create(null))
const falseWords = new Set(['0', 'f', 'false', 'off', 'no'])

/** The element an event came from, as it was when the event fired. Made from what the tab sent: check it as any input. */
export class ReflexElement {
  readonly #wire: WireElement
  #dataset: Readonly<Record<string, string | undefined>> | undefined

  constructor(wire: WireElement) {
    this.#wire = wire
  }

  get id(): string | undefined {
    return this.#wire.i
  }

  get name(): string | undefined {
    return this.#wire.n
  }

  get value(): string | undefined {
    return this.#wire.v
  }

  /** Values of a multiple select, or of the ticked boxes that share a name in one form. */
  get values(): readonly string[] {
    return this.#wire.vs ?? (this.#wire.v === undefined ? [] : [this.#wire.v])
  }

  get checked(): boolean {
    return this.#wire.c === true
  }

  get selected(): boolean {
    return this.#wire.s === true
  }

  /** The `data-*` attributes, in camelCase, those of ancestors as far as `data-reflex-dataset` asks for them. */
  get dataset(): Readonly<Record<string, string | undefined>> {
    this.#dataset ??= this.#wire.d === undefined ? noStrings : Object.assign(Object.create(null), this.#wire.d)
    return this.#dataset as Readonly<Record<string, string | undefined>>
  }

  /** The attributes that `data-reflex-attributes` asks for. */
  get attributes(): Readonly<Record<string, string | undefined>> {
    return this.#wire.a ?? noStrings
  }

  /**
   * The dataset as numbers: `element.numeric.price`. Undefined where there is no such attribute; a value that is no
   * finite number answers the request `invalid`.
   */
  get numeric(): Readonly<Record<string, number | undefined>> {
    return reading(this.dataset, (value, key) => {
      const number = value.trim() === '' ? Number.NaN : Number(value)
      if (!Number.isFinite(number))
        throw new PatellaError('request_invalid', { reason: `data ${key} is not a number: ${JSON.stringify(value)}` })
      return number
    })
  }

  /** The dataset as booleans: absent, `0`, `f`, `false`, `off` and `no` are false; all else, '' too, is true. */
  get boolean(): Readonly<Record<string, boolean>> {
    return reading(this.dataset, (value) => !falseWords.has(value.toLowerCase()), false)
  }
}

function reading<T>(
  dataset: Readonly<Record<string, string | undefined>>,
  read: (value: string, key: string) => T,
  absent?: T,
): Readonly<Record<string, T>> {
  return new Proxy(Object.create(null), {
    get(_target, key) {
      const value = typeof key === 'string' ? dataset[key] : undefined
      return value === undefined ? absent : read(value, key as string)
    },
  })
}
