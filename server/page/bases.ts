import { keepLatest } from '../../protocol/delta.ts'
import type { Patch, TextPatch } from '../../protocol/messages.ts'
import { createDelta, type Delta } from './delta.ts'
import type { Text, Texts } from './texts.ts'

/** What one tab has been sent on its connection, and so has, for the next reply to be written against. */
export interface Bases {
  /**
   * Patches as they travel in the reply to request `n`: deltas where that is shorter. `full`: the tab's texts are not those
   * it should have, and none of them is a base any more. `rest` is what else the reply says.
   */
  patches(n: number, texts: readonly TextPatch[], full: boolean, rest?: unknown): Patch[]
  /** The title when the tab does not know it, by what it was sent for this page. */
  title(url: string, title: string | undefined): string | undefined
  /** What was sent in the reply to request `n`, while its texts are kept. */
  recall(n: number): { readonly texts: readonly TextPatch[]; readonly rest: unknown } | undefined
}

export interface PatchFigures {
  /** Patches that were sent as they are, and as deltas. */
  full: number
  deltas: number
  /** Requests that were sent again for the whole text, because a delta did not give the right one. */
  disagreements: number
}

/** Told, in development, of each text that was written against another one, and of the values that were swapped: often none. */
export type TellSwaps = (root: string, swaps: readonly string[], html: string) => void

/** Replies that can be sent once more. */
const recalled = 8

/** A delta longer than this share of its text is worth a look at what was before the last one: a list whose rows come back. */
const poor = 1 / 4

interface Base {
  /** Number of the request whose reply brought it, and its place there. */
  readonly n: number
  readonly index: number
  /** Of a root or a selector. */
  readonly name: string
  readonly text: Text
  readonly length: number
}

export function createBases(texts: Texts, figures: PatchFigures, tellSwaps: TellSwaps = () => {}): Bases {
  let known: Base[] = []
  let shown: { url: string; title: string } | undefined
  const sent = new Map<number, { bases: readonly Base[]; rest: unknown }>()

  function patch({ n, name, text }: Base): Patch {
    const html = text.text as string
    const before = known.filter((one) => one.name === name).reverse()
    const same = before.find((base) => base.text === text)
    let best: { base: Base; delta: Delta } | undefined
    // JSON writes quotes as two characters, which both of them have.
    let length = html.length
    for (const base of same ? [same] : before) {
      const delta = base.text.text === undefined ? undefined : createDelta(base.text.text, html)
      const size = delta ? delta.ops.length + delta.swaps.join().length + text.sum.length : length
      if (delta && size < length) {
        best = { base, delta }
        length = size
      }
      if (length < html.length * poor) break
    }
    if (!best) return [name, html]
    const { base, delta } = best
    tellSwaps(name, delta.swaps, html)
    const patch = [base.index, n - base.n, delta.ops, text.sum] as const
    return delta.swaps.length > 0 ? [...patch, delta.swaps] : patch
  }

  return {
    patches(n, list, full, rest) {
      if (full) {
        known = []
        shown = undefined
        figures.disagreements++
      }
      const bases = list.map(
        ([name, html], index): Base => ({ n, index, name, text: texts.keep(html), length: html.length }),
      )
      const patches = bases.map((base, index) =>
        base.text.text === undefined ? (list[index] as TextPatch) : patch(base),
      )
      for (const one of patches) figures[one.length === 2 ? 'full' : 'deltas']++
      known = keepLatest(
        known.filter((one) => one.n !== n),
        bases,
      )
      sent.set(n, { bases, rest })
      for (const old of sent.keys()) if (sent.size > recalled) sent.delete(old)
      return patches
    },
    title(url, title) {
      if (title === undefined || (shown?.url === url && shown.title === title)) return undefined
      shown = { url, title }
      return title
    },
    recall(n) {
      const one = sent.get(n)
      if (!one || one.bases.some(({ text }) => text.text === undefined)) return undefined
      return { texts: one.bases.map(({ name, text }) => [name, text.text as string]), rest: one.rest }
    },
  }
}
