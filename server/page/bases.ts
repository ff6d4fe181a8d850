import type { Patch, TextPatch } from '../../protocol/messages.ts'
import { createDelta } from './delta.ts'
import type { Text, Texts } from './texts.ts'

/** What one tab has been sent on its connection, and so has, for the next reply to be written against. */
export interface Bases {
  /**
   * Patches as they travel in the reply to request `n`: deltas where that is shorter. `full`: the tab's texts are not those
   * it should have, and none of them is a base any more.
   */
  patches(n: number, texts: readonly TextPatch[], full: boolean): Patch[]
  /** The title when the tab does not show it, by what it was sent for this page. */
  title(url: string, title: string | undefined): string | undefined
}

export interface PatchFigures {
  /** Patches that were sent as they are, and as deltas. */
  full: number
  deltas: number
  /** Requests that were sent again for the whole text, because a delta did not give the right one. */
  disagreements: number
}

/** Told of values that are others in every render, in development. */
export type TellSwaps = (root: string, swaps: readonly string[], html: string) => void

/** As a tab keeps it: the last four texts of each root. */
const kept = 4

/** Most roots and selectors of one tab. */
const most = 64

/** A delta longer than this is worth a look at what was before the last text: a list whose rows come back. */
const long = 1_000

interface Base {
  /** Number of the request whose reply brought it, and its place there. */
  readonly n: number
  readonly index: number
  readonly text: Text
}

export function createBases(texts: Texts, figures: PatchFigures, tellSwaps: TellSwaps = () => {}): Bases {
  /** By root or selector, the latest last. */
  const known = new Map<string, Base[]>()
  let shown: { url: string; title: string } | undefined

  function patch(n: number, name: string, html: string, text: Text): Patch {
    let best: Patch = [name, html]
    // JSON writes quotes as two characters, which both of them have.
    let length = html.length
    for (const base of known.get(name)?.toReversed() ?? []) {
      if (base.text.text === undefined) continue
      const delta = createDelta(base.text.text, html)
      if (delta) {
        const { ops, swaps } = delta
        const size = ops.length + swaps.join().length + text.sum.length
        if (size < length) {
          const named = [base.index, n - base.n, ops, text.sum] as const
          best = swaps.length > 0 ? [...named, swaps] : named
          length = size
          if (swaps.length > 0) tellSwaps(name, swaps, html)
        }
      }
      if (length < long) break
    }
    return best
  }

  return {
    patches(n, list, full) {
      if (full) {
        known.clear()
        figures.disagreements++
      }
      const made = list.map(([name, html], index) => {
        const text = texts.keep(html)
        const one = patch(n, name, html, text)
        figures[one.length === 2 ? 'full' : 'deltas']++
        return { one, name, base: { n, index, text } }
      })
      for (const { name, base } of made) {
        const before = known.get(name) ?? []
        known.delete(name)
        known.set(name, [...before, base].slice(-kept))
      }
      for (const name of known.keys()) {
        if (known.size <= most) break
        known.delete(name)
      }
      return made.map(({ one }) => one)
    },
    title(url, title) {
      if (title === undefined || (shown?.url === url && shown.title === title)) return undefined
      shown = { url, title }
      return title
    },
  }
}
