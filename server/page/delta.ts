import { digits } from '../../protocol/delta.ts'

export interface Delta {
  /** As `applyDelta` reads it. */
  readonly ops: string
  /** Values of the base and what each is replaced by throughout, before the rest is done. */
  readonly swaps: readonly string[]
}

/** Units of a block of the base by which moved text is found: shorter than a row's own part, longer than most markup. */
const block = 16

/** Units before and after what differs in which repeats are looked for. */
const around = 32_768

/** How many times a value has to be replaced by another one before that is a swap, and its shortest length. */
const swap = { times: 3, length: 6, most: 4 }

/**
 * What makes `text` of `base`, in time linear in both: what begins and ends alike is not looked at twice, what moved or is
 * repeated is found by the hash of its blocks. Undefined when it would be longer than two thirds of the text.
 */
export function createDelta(base: string, text: string): Delta | undefined {
  if (base === text) return { ops: '', swaps: [] }
  const plain = diff(base, text)
  const swaps = swapsOf(base, text, plain)
  const swapped = swaps.length === 0 ? base : replaced(base, swaps)
  const ops = swaps.length === 0 ? write(text, plain, base.length) : write(text, diff(swapped, text), swapped.length)
  return ops.length * 1.5 > text.length ? undefined : { ops: swapped === text ? '' : ops, swaps }
}

/** A run that is copied: from where in the base to where in the text. */
interface Copy {
  readonly from: number
  readonly to: number
  readonly length: number
}

/** Copies in the order of the text, which do not overlap in it. */
function diff(base: string, text: string): Copy[] {
  const shorter = Math.min(base.length, text.length)
  const start = commonStart(base, text, shorter)
  const end = commonEnd(base, text, shorter - start)
  const copies: Copy[] = []
  if (start > 0) copies.push({ from: 0, to: 0, length: start })
  const [baseEnd, textEnd] = [base.length - end, text.length - end]
  if (textEnd - start >= 2 * block) findMoved(base, text, { start, baseEnd, textEnd }, copies)
  if (end > 0) copies.push({ from: baseEnd, to: textEnd, length: end })
  return copies
}

/** Compared in large pieces first: the engine does that much faster than one unit after the other. */
function commonStart(base: string, text: string, most: number): number {
  let at = 0
  for (let step = 4_096; step >= 16; step /= 8)
    while (at + step <= most && base.slice(at, at + step) === text.slice(at, at + step)) at += step
  while (at < most && base.charCodeAt(at) === text.charCodeAt(at)) at++
  return at
}

function commonEnd(base: string, text: string, most: number): number {
  const [b, t] = [base.length, text.length]
  let at = 0
  for (let step = 4_096; step >= 16; step /= 8)
    while (at + step <= most && base.slice(b - at - step, b - at) === text.slice(t - at - step, t - at)) at += step
  while (at < most && base.charCodeAt(b - at - 1) === text.charCodeAt(t - at - 1)) at++
  return at
}

interface Middle {
  readonly start: number
  readonly baseEnd: number
  readonly textEnd: number
}

/**
 * Finds runs of the base in the middle of the text, by the hashes of the base's blocks. A block that stands there more than
 * once leads to a run only where that is long: else a row would be put together from scraps of many.
 */
function findMoved(base: string, text: string, { start, baseEnd, textEnd }: Middle, copies: Copy[]): void {
  // What was put in may be a repeat of what is around it.
  const part = { start: Math.max(0, start - around), end: Math.min(base.length, baseEnd + around) }
  const blocks = createBlocks(base, part, text.length)
  /** Up to where the text is covered. */
  let done = start
  /** Where the base would go on. */
  let next = start
  /** Looking at what is there more than once has a limit, so that time stays linear. */
  let looks = Math.ceil(text.length / block)
  while (done + block <= textEnd) {
    // As in a page of which values changed, unless what stands there reaches further as a part that moved.
    const near = nearby(base, text, next, done, textEnd)
    const far = near && near.length >= plenty ? undefined : moved(near ? endOf(near) : textEnd)
    const run = near && far && endOf(far) < endOf(near) + block ? near : (far ?? near)
    if (!run) return
    copies.push(run)
    done = endOf(run)
    next = run.from + run.length
  }

  /** A run that a block before `end` leads to: the first long one, or the longest of those that begin close together. */
  function moved(end: number): Copy | undefined {
    let hash = hashOf(text, done)
    let best: Copy | undefined
    let last = Math.min(end, textEnd - block + 1)
    for (let at = done; at < last; at++) {
      const { from, unique } = blocks.find(hash, next)
      const run = from >= 0 && (unique || looks-- > 0) ? runAt(base, text, { from, at, done, textEnd }) : undefined
      if (run && run.length >= (unique ? 2 : 4) * block && run.length > (best?.length ?? 0)) {
        if (run.length >= 4 * block) return run
        if (!best) last = Math.min(last, at + 2 * block)
        best = run
      }
      if (at + block < text.length) hash = roll(hash, text.charCodeAt(at), text.charCodeAt(at + block))
    }
    return best
  }
}

function endOf({ to, length }: Copy): number {
  return to + length
}

/** A run as long as that is followed without another look. */
const plenty = 4 * block

/** How far around a change it is looked whether both go on alike, and how much must be alike then. */
const vicinity = { reach: 12, alike: 12 }

/** Where base and text go on alike behind a small change; undefined when they do not. */
function nearby(base: string, text: string, from: number, to: number, textEnd: number): Copy | undefined {
  const { reach, alike } = vicinity
  const behind = base.slice(from, from + reach + alike)
  const ahead = text.slice(to, Math.min(textEnd, to + reach + alike))
  let best: { off: number; put: number } | undefined
  for (let put = 0; put + alike <= ahead.length && (!best || put < best.off + best.put); put++) {
    const off = behind.indexOf(ahead.slice(put, put + alike))
    if (off >= 0 && (!best || off + put < best.off + best.put)) best = { off, put }
  }
  // Or a long value is another one.
  const [at, start] = best ? [from + best.off, to + best.put] : [endOfValue(base, from), endOfValue(text, to)]
  const length = commonRun(base, text, at, start, textEnd)
  return length < alike ? undefined : { from: at, to: start, length }
}

function endOfValue(text: string, from: number): number {
  let at = from
  while (at - from < 512 && ofValue.test(text[at] ?? '')) at++
  return at
}

/** The run around a block that base and text may share; undefined when they do not. */
function runAt(
  base: string,
  text: string,
  { from, at, done, textEnd }: { from: number; at: number; done: number; textEnd: number },
): Copy | undefined {
  const length = commonRun(base, text, from, at, textEnd)
  if (length < block) return undefined
  let before = 0
  const most = Math.min(at - done, from)
  while (before < most && base.charCodeAt(from - before - 1) === text.charCodeAt(at - before - 1)) before++
  return { from: from - before, to: at - before, length: before + length }
}

function commonRun(base: string, text: string, from: number, to: number, textEnd: number): number {
  const most = Math.min(base.length - from, textEnd - to)
  let at = 0
  for (let step = 256; step >= 16; step /= 4)
    while (at + step <= most && base.slice(from + at, from + at + step) === text.slice(to + at, to + at + step))
      at += step
  while (at < most && base.charCodeAt(from + at) === text.charCodeAt(to + at)) at++
  return at
}

interface Blocks {
  /** Where in the base a block of this hash may be: at or after `next` where there are several. -1: nowhere. */
  find(hash: number, next: number): { from: number; unique: boolean }
}

/** The blocks of a part of the base, by their hashes; for a text of so many units. */
function createBlocks(base: string, { start, end }: { start: number; end: number }, units: number): Blocks {
  const count = Math.floor((end - start) / block)
  const size = 2 ** Math.ceil(Math.log2(2 * count + 1))
  /** The number of the first block of a slot, and of the next one after each; one more than it is, 0 for none. */
  const slots = new Int32Array(size)
  const followers = new Int32Array(count + 1)
  const hashes = new Int32Array(count + 1)
  for (let n = count; n > 0; n--) {
    const hash = hashOf(base, start + (n - 1) * block)
    const slot = slotOf(hash, size)
    hashes[n] = hash
    followers[n] = slots[slot] as number
    slots[slot] = n
  }
  /** How far the blocks of a slot have been passed. */
  const cursors = slots.slice()
  const positionOf = (n: number) => start + (n - 1) * block
  /** Far more than pages take; what blocks were made to share a slot costs no more than that. */
  let steps = 8 * (units + count)
  const same = (n: number, hash: number) => {
    let one = n
    while (one > 0 && hashes[one] !== hash) one = steps-- > 0 ? (followers[one] as number) : 0
    return one
  }
  return {
    find(hash, next) {
      const slot = slotOf(hash, size)
      const first = same(slots[slot] as number, hash)
      if (first === 0) return { from: -1, unique: false }
      if (same(followers[first] as number, hash) === 0) return { from: positionOf(first), unique: true }
      let one = cursors[slot] as number
      while (one > 0 && (positionOf(one) < next || hashes[one] !== hash)) one = followers[one] as number
      cursors[slot] = one
      return { from: positionOf(one > 0 ? one : first), unique: false }
    },
  }
}

/** Odd, and another in each process: nobody can write blocks that have one hash. */
const prime = (Math.random() * 2 ** 32) | 1
/** `prime` to the power of a block's units. */
const highest = power(prime, block)

function power(base: number, exponent: number): number {
  let product = 1
  for (let n = 0; n < exponent; n++) product = Math.imul(product, base)
  return product
}

function hashOf(text: string, at: number): number {
  let hash = 0
  for (let n = at; n < at + block; n++) hash = (Math.imul(hash, prime) + text.charCodeAt(n)) | 0
  return hash
}

/** The hash one unit further. */
function roll(hash: number, out: number, into: number): number {
  return (Math.imul(hash, prime) + into - Math.imul(out, highest)) | 0
}

function slotOf(hash: number, size: number): number {
  return (hash ^ (hash >>> 15)) & (size - 1)
}

/** Values that were replaced by others throughout, old and new in turn: a token that every form of a page holds. */
function swapsOf(base: string, text: string, copies: readonly Copy[]): string[] {
  const counts = new Map<string, { old: string; now: string; times: number }>()
  for (let n = 1; n < copies.length && n <= 64; n++) {
    const [before, after] = [copies[n - 1] as Copy, copies[n] as Copy]
    const old = valueAround(base, before.from + before.length, after.from)
    const now = valueAround(text, before.to + before.length, after.to)
    if (!old || !now || old.length < swap.length || old === now) continue
    const pair = `${old} ${now}`
    const seen = counts.get(pair) ?? { old, now, times: 0 }
    seen.times++
    counts.set(pair, seen)
  }
  const found = [...counts.values()].filter(({ old, times }) => times >= swap.times && !text.includes(old))
  return found.slice(0, swap.most).flatMap(({ old, now }) => [old, now])
}

const ofValue = /[\w+/=.:-]/

/** The value of which a part stands from `start` to `end`; undefined where it is none, or no short one. */
function valueAround(text: string, start: number, end: number): string | undefined {
  if (end < start || end - start > 512) return undefined
  let from = start
  while (from > 0 && start - from < 512 && ofValue.test(text[from - 1] as string)) from--
  const value = text.slice(from, endOfValue(text, end))
  return /^[\w+/=.:-]+$/.test(value) ? value : undefined
}

function replaced(base: string, swaps: readonly string[]): string {
  let text = base
  for (let n = 0; n < swaps.length; n += 2) text = text.split(swaps[n] as string).join(swaps[n + 1])
  return text
}

function write(text: string, copies: readonly Copy[], baseLength: number): string {
  const [first] = copies
  const begins = first?.from === 0 && first.to === 0
  let ops = number(begins ? first.length : 0)
  let done = begins ? first.length : 0
  let end = done
  for (const { from, to, length } of begins ? copies.slice(1) : copies) {
    const skip = from - end
    ops += number(to - done) + text.slice(done, to) + number(skip < 0 ? -skip * 2 - 1 : skip * 2)
    end = from + length
    ops += number(end === baseLength ? 0 : length)
    done = to + length
  }
  return done < text.length ? ops + number(text.length - done) + text.slice(done) : ops
}

function number(value: number): string {
  let rest = value
  let written = ''
  while (rest >= 32) {
    written += digits[32 + (rest % 32)]
    rest = Math.floor(rest / 32)
  }
  return written + digits[rest]
}
