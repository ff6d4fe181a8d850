import { checksum } from '../../protocol/delta.ts'

/** A text that tabs have, shared by those who have the same. */
export interface Text {
  /** Five characters by which a tab tells it. */
  readonly sum: string
  /** Undefined when there was no room for it any more: then it is no base. */
  readonly text: string | undefined
}

export interface Texts {
  /** The one of this content; it is then the last to make room. */
  keep(text: string): Text
  /** Of those that are kept: how many, and their bytes in memory. */
  readonly figures: { readonly texts: number; readonly bytes: number }
}

interface Entry extends Text {
  text: string | undefined
}

/**
 * Texts that were sent, by their content and bounded in bytes: those used least lately make room first. Tabs that show the
 * same cost one text. Nothing is looked up by what somebody says a text is: who has none gets none.
 */
export function createTexts(limit: number): Texts {
  const entries = new Map<string, Entry>()
  let bytes = 0

  function drop(key: string, entry: Entry): void {
    entries.delete(key)
    bytes -= sizeOf(entry)
    entry.text = undefined
  }

  return {
    keep(text) {
      const sum = checksum(text)
      const key = `${sum}${text.length}`
      const known = entries.get(key)
      if (known?.text === text) {
        entries.delete(key)
        entries.set(key, known)
        return known
      }
      if (known) drop(key, known)
      const entry = { sum, text }
      entries.set(key, entry)
      bytes += sizeOf(entry)
      for (const [oldest, old] of entries) {
        if (bytes <= limit) break
        drop(oldest, old)
      }
      return entry
    },
    get figures() {
      return { texts: entries.size, bytes }
    },
  }
}

/** A JavaScript string takes two bytes for a character in the worst case. */
function sizeOf({ text = '' }: Text): number {
  return text.length * 2
}
