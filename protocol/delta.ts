/**
 * A delta makes a text of one that both sides have (PROTOCOL.md, section 4): runs of copying and inserting, counted in UTF-16
 * code units. `''` is the text itself.
 *
 *     delta  := length (length text skip length)*
 *
 * The first number is how much is copied from the beginning. Then, in turn: what is inserted, so many units of text; how far to
 * go in the base from where the last copy ended, forth or back; and how much to copy there, 0 being all that is left of the
 * base. What is inserted last may be the end.
 *
 * A number is written in base 32, the lowest digit first: one character of `digits` each, of whose six bits the highest says
 * that there is more. `skip` has its sign in its lowest bit.
 */
export const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * `swaps` are values of the base and what each is replaced by throughout, before anything is copied. What a delta makes of a
 * base that is not its own is told by its checksum.
 */
export function applyDelta(base: string, delta: string, swaps: readonly string[] = []): string {
  let from = base
  for (let n = 0; n < swaps.length; n += 2) from = from.split(swaps[n] as string).join(swaps[n + 1])
  if (delta === '') return from
  let at = 0
  const number = (): number => {
    for (let value = 0, unit = 1; ; unit *= 32) {
      const digit = digits.indexOf(delta[at++] as string)
      if (digit < 0) return Number.NaN
      value += (digit % 32) * unit
      if (digit < 32) return value
    }
  }
  let end = number()
  let text = from.slice(0, end)
  while (at < delta.length) {
    const length = number()
    text += delta.slice(at, at + length)
    at += length
    if (at >= delta.length) break
    const skip = number()
    const start = end + (skip % 2 ? -(skip + 1) / 2 : skip / 2)
    end = start + (number() || from.length - start)
    text += from.slice(start, end)
  }
  return text
}

/** Five characters by which a text is told from others: FNV-1a over its code units, 30 bits. */
export function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  let sum = ''
  for (let bits = 0; bits < 30; bits += 6) sum += digits[(hash >>> bits) & 63]
  return sum
}

/** What both sides keep of what a tab was sent on one connection: for each root and selector, of all, and in code units. */
const most = { perName: 4, texts: 256, units: 2_000_000 }

/**
 * The texts that are kept when others come, oldest first. Server and tab go by this one rule, so that none is written against
 * that the tab has not. The last one stays, however long it is.
 */
export function keepLatest<T extends { readonly name: string; readonly length: number }>(
  kept: readonly T[],
  added: readonly T[],
): T[] {
  let next = [...kept]
  for (const one of added) {
    const same = next.filter(({ name }) => name === one.name)
    if (same.length === most.perName) next = next.filter((other) => other !== same[0])
    next.push(one)
  }
  let units = next.reduce((sum, { length }) => sum + length, 0)
  while (next.length > 1 && (units > most.units || next.length > most.texts)) units -= (next.shift() as T).length
  return next
}
