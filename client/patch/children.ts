import { attribute, real } from '../dom.ts'
import { matchChildren } from './match.ts'
import { stayers } from './order.ts'
import { put, weightOf } from './stateful.ts'
import { twinOf } from './twins.ts'
import type { Work } from './types.ts'

/**
 * Makes the children of a baseline element like the new ones, and those of its twin: what is the same at both ends is not
 * touched, the rest is paired, and as little as possible is moved.
 */
export function updateChildren(work: Work, base: Element, next: Element, live: Element): void {
  let [was, now] = [base, next].map((parent) => [...real(parent).childNodes]) as [ChildNode[], ChildNode[]]
  let start = 0
  let [wasEnd, nowEnd] = [was.length, now.length]
  const same = (one: number, other: number) => work.same(was[one] as Node, now[other] as Node)
  while (start < wasEnd && start < nowEnd && same(start, start)) start++
  while (wasEnd > start && nowEnd > start && same(wasEnd - 1, nowEnd - 1)) {
    wasEnd--
    nowEnd--
  }
  if (start === wasEnd && start === nowEnd) return
  if (wasRewritten(base, live)) {
    for (const parent of [base, live]) real(parent).replaceChildren()
    was = []
    start = 0
    nowEnd = now.length
  }
  const old = was.slice(start, wasEnd)
  const wanted = now.slice(start, nowEnd)
  const pairs = matchChildren(old, wanted, was[start - 1], work.elsewhere, live).map((node, index) =>
    node && isGone(work, node, wanted[index] as Node) ? undefined : node,
  )
  const kept = new Set(pairs)
  for (const node of old) if (!kept.has(node)) work.remove(node)

  const stay = whatStays(live, old, pairs)
  let lastBase: Node | undefined = was[start - 1]
  let lastLive = was
    .slice(0, start)
    .map(twinOf)
    .findLast((node) => node && isIn(node, live))
  for (const [index, next] of wanted.entries()) {
    const paired = pairs[index]
    const node = paired ?? work.create(next)
    const twin = twinOf(node) as ChildNode
    if (!paired || !stay.has(paired)) {
      // What a script took elsewhere stays there.
      if (!paired || isIn(twin, live) || isIn(twin, twinOf(real(paired).parentNode as Node))) put(live, twin, lastLive)
      put(base, node, lastBase)
    }
    lastBase = node
    if (isIn(twin, live)) lastLive = twin
    if (paired) work.update(paired, next)
    else work.restore(node)
  }
}

/** Of the paired children, those that need not be moved. */
function whatStays(
  live: Element,
  old: readonly ChildNode[],
  pairs: readonly (ChildNode | undefined)[],
): Set<ChildNode> {
  const places = new Map(old.map((node, place) => [node, place]))
  const here = pairs.filter((node) => node && places.has(node)) as ChildNode[]
  const positions = here.map((node) => places.get(node) as number)
  if (positions.every((position, index) => !index || position > (positions[index - 1] as number))) return new Set(here)
  const weights = weightOf(live) > 1 ? here.map((node) => weightOf(twinOf(node) as Node)) : []
  const stay = stayers(positions, weights)
  return new Set(here.filter((_, index) => stay.has(index)))
}

function isIn(node: Node, parent: Node | undefined): boolean {
  return real(node).parentNode === parent
}

/** The server has something new to say where a script had taken a node away. */
function isGone(work: Work, base: ChildNode, next: Node): boolean {
  if (real(twinOf(base) as Node).isConnected || work.same(base, next)) return false
  real(base).remove()
  return true
}

export function isEditable(element: Element): boolean {
  return (attribute(element, 'contenteditable') ?? 'false') !== 'false'
}

/** Whether the user has edited it as a whole; or a script, or the browser's translator, put something in the place of a text. */
function wasRewritten(base: Element, live: Element): boolean {
  if (isEditable(base)) return real(base).innerHTML !== real(live).innerHTML
  const { firstElementChild, childNodes } = real(base)
  return !firstElementChild && [...childNodes].some((node) => !isIn(twinOf(node) as Node, live))
}
