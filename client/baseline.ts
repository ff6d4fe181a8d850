import { applyDelta, checksum } from '../protocol/delta.ts'
import type { DeltaPatch, Patch, TextPatch } from '../protocol/messages.ts'

export interface Baselines {
  /** The patches of the reply to request `n` as whole texts; undefined when one cannot be made of what is here. */
  read(n: number, patches: readonly Patch[]): TextPatch[] | undefined
}

/** Most texts of one root, and most units of all: 2 MB. */
const most = { perRoot: 4, units: 1_000_000 }

interface Baseline {
  n: number
  index: number
  root: string
  html: string
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
    return checksum(html) === sum ? [base.root, html] : undefined
  }

  function keep(n: number, patches: readonly TextPatch[]): void {
    for (const [index, [root, html]] of patches.entries()) {
      kept = kept.filter((one) => one.n !== n || one.index !== index)
      const same = kept.filter((one) => one.root === root)
      if (same.length === most.perRoot) kept.splice(kept.indexOf(same[0] as Baseline), 1)
      kept.push({ n, index, root, html })
    }
    let units = kept.reduce((sum, { html }) => sum + html.length, 0)
    while (units > most.units && kept.length > 1) units -= (kept.shift() as Baseline).html.length
  }

  return {
    read(n, patches) {
      const texts = patches.map((patch) => whole(n, patch))
      if (texts.includes(undefined)) return undefined
      keep(n, texts as TextPatch[])
      return texts as TextPatch[]
    },
  }
}
