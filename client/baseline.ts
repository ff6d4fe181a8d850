import { applyDelta, checksum, keepLatest } from '../protocol/delta.ts'
import type { DeltaPatch, Patch, TextPatch } from '../protocol/messages.ts'

export interface Baselines {
  /** The patches of the reply to request `n` as whole texts; undefined when one cannot be made of what is here. */
  read(n: number, patches: readonly Patch[]): TextPatch[] | undefined
  /** Another connection: nothing is written against what the one before brought. */
  forget(): void
}

interface Baseline {
  n: number
  index: number
  name: string
  html: string
  length: number
}

/** The texts that the server sent last: what its next reply is written against. */
export function createBaselines(): Baselines {
  let kept: Baseline[] = []

  function whole(n: number, patch: Patch): TextPatch | undefined {
    if (patch.length < 3) return patch as TextPatch
    const [index, back, delta, sum, swaps] = patch as DeltaPatch
    const base = kept.find((one) => one.n === n - back && one.index === index)
    if (!base) return undefined
    const html = applyDelta(base.html, delta, swaps)
    return checksum(html) === sum ? [base.name, html] : undefined
  }

  return {
    read(n, patches) {
      const texts = patches.map((patch) => whole(n, patch))
      if (texts.includes(undefined)) return undefined
      const added = (texts as TextPatch[]).map(([name, html], index) => ({ n, index, name, html, length: html.length }))
      kept = keepLatest(
        kept.filter((one) => one.n !== n),
        added,
      )
      return texts as TextPatch[]
    },
    forget() {
      kept = []
    },
  }
}
