import { attribute, real } from '../dom.ts'
import { mergeAttributes } from './attributes.ts'
import { isEditable, updateChildren } from './children.ts'
import { fields, isClients } from './fields.ts'
import { notes } from './notes.ts'
import { put } from './stateful.ts'
import { copy, pairAll, twinOf } from './twins.ts'
import type { Work } from './types.ts'

type Ids = Map<string | null, Element | null>

/** Begins to make a baseline element like the new one. */
export function createWork(
  root: Element,
  target: Element,
  parts: Pick<Work, 'n' | 'unseen' | 'locks' | 'wait' | 'wake' | 'focused'>,
): Work {
  const { locks, wake } = parts
  // isEqualNode does not look into templates.
  const comparable = !real(target).querySelector('template')
  const taken = new Set<Node>()
  const doomed: ChildNode[] = []
  const scripts: Element[] = []
  let known: Ids | undefined
  let wanted: Ids | undefined

  function update(base: Node, next: Node): void {
    taken.add(base)
    if (work.same(base, next)) return
    const live = twinOf(base) as Node
    if (live instanceof Element) return updateElement(base as Element, next as Element, live)
    if (live.nodeValue !== next.nodeValue) live.nodeValue = next.nodeValue
    base.nodeValue = next.nodeValue
  }

  function updateElement(base: Element, next: Element, live: Element): void {
    const updateField = fields[real(live).localName]
    if (locks.isHeld(live)) work.wait(live, next)
    else if (isPermanent(live) || attribute(next, 'data-reflex-morph') === 'ignore' || isBeingEdited(live))
      work.partial = true
    else if (updateField) updateField(work, base as never, next as never, live as never)
    else {
      mergeAttributes(base, next, live, isClients(live))
      work.updateChildren(base, next, live)
    }
  }

  /** What is edited as a whole is not touched while it has the focus, nor by who has not seen the last edit. */
  function isBeingEdited(live: Element): boolean {
    return isEditable(live) && (live === parts.focused || parts.unseen(live, parts.n))
  }

  function create(next: Node): Node {
    // Before it is there: what a patch has brought is not what has been there.
    known ??= indexIds(root)
    const base = copy(next)
    pairAll(base, next)
    scripts.push(...named(next, 'script'))
    work.autofocus ??= named(next, '[autofocus]').find((element) => (element as HTMLElement).autofocus)
    return base
  }

  function restore(base: Node): void {
    for (const inner of named(base).slice(1)) {
      const old = real(base).contains(inner) && elsewhere(inner)
      if (!old) continue
      substitute(old, inner)
      update(old, inner)
    }
  }

  function elsewhere(next: Element): Element | undefined {
    const id = attribute(next, 'id')
    known ??= indexIds(root)
    const found = known.get(id)
    if (!found || taken.has(found) || real(found).nodeName !== real(next).nodeName) return
    wanted ??= indexIds(target)
    if (wanted.get(id)) {
      taken.add(found)
      return found
    }
  }

  function remove(base: ChildNode): void {
    const live = twinOf(base) as Node
    if (isPermanent(live)) {
      notes.unmatched?.(live as Element)
      work.partial = true
    } else if (locks.holdsInside(live)) work.wait(live as Element, null)
    // The new HTML has it, or something in it, in another place.
    else if (named(base).some(isWanted)) doomed.push(base)
    else drop(base)
  }

  function isWanted(element: Element): boolean {
    wanted ??= indexIds(target)
    return wanted.has(attribute(element, 'id'))
  }

  const work: Work = {
    ...parts,
    partial: false,
    autofocus: undefined,
    same: (base, next) => comparable && real(base).isEqualNode(next),
    update,
    updateChildren: (base, next, live) => updateChildren(work, base, next, live),
    create,
    restore,
    elsewhere,
    remove,
    finish() {
      for (const base of doomed) if (!taken.has(base)) drop(base)
      // By now what has been there before is back in what is new, and does not run again.
      for (const script of scripts) wake?.(script)
    },
  }
  return work
}

/** Removes a node of the baseline and its twin. */
export function drop(base: ChildNode): void {
  for (const node of [base, twinOf(base) as ChildNode]) real(node).remove()
}

/** Puts an element in the place of another one, in the baseline and on the page. */
export function substitute(base: Element, other: Element): void {
  put(real(other).parentNode as Node, base, other)
  const place = twinOf(other) as Element
  put(real(place).parentNode as Node, twinOf(base) as Node, place)
  drop(other)
}

/** The node, if it is an element, and what is in it that matches. */
function named(node: Node, selector = '[id]'): Element[] {
  return node instanceof Element ? [node, ...real(node).querySelectorAll(selector)] : []
}

/** By id; null where there are several. */
function indexIds(root: Element): Ids {
  const ids: Ids = new Map()
  for (const element of named(root)) {
    const id = attribute(element, 'id')
    if (id) ids.set(id, ids.has(id) ? null : element)
  }
  return ids
}

function isPermanent(node: Node): boolean {
  return node instanceof Element && attribute(node, 'data-reflex-permanent') !== null
}
