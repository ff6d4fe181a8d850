import { attribute, real } from '../dom.ts'
import { notes } from './notes.ts'

/** What holds more than its HTML says: typed text, a choice, a document, a playback. */
const stateful = 'input,select,option,textarea,details,dialog,iframe,video,audio,canvas,object,[contenteditable]'

/**
 * Pairs children by what tells them apart best: id; equal content; ids inside; names of fields; tag and order. Nodes with
 * different ids, and fields with different names, are never the same. `previous` is the old child before them; `elsewhere` finds
 * a node with the id that stood outside; their parent on the page is `live`. Returns for each new child the old one, if
 * there is one.
 */
export function matchChildren(
  old: readonly ChildNode[],
  next: readonly ChildNode[],
  previous: ChildNode | undefined,
  elsewhere: (next: Element) => ChildNode | undefined,
  live: Element,
): (ChildNode | undefined)[] {
  // As nearly always: one cell of a row, one text.
  if (old.length * next.length === 1 && keyOf(old[0] as Node) === keyOf(next[0] as Node)) return [old[0]]
  const pairs: (ChildNode | undefined)[] = new Array(next.length)
  const free = new Set(old)

  function take(index: number, node: ChildNode | null | undefined): void {
    if (node && !pairs[index] && free.delete(node)) pairs[index] = node
  }

  /** Pairs, of those to which it applies, the ones that share a key, in order. */
  function pairBy(keysOf: (node: Element) => string | null | string[], applies = isAnonymous): void {
    const keys = (node: Node) => (applies(node) ? [keysOf(node as Element)].flat() : [])
    const queues = new Map<string | null, ChildNode[]>()
    for (const node of [...free].reverse()) {
      for (const key of keys(node)) {
        const queue = queues.get(key) ?? []
        queues.set(key, queue)
        if (key) queue.push(node)
      }
    }
    for (const [index, node] of free.size ? next.entries() : []) {
      for (const key of pairs[index] ? [] : keys(node)) {
        const queue = queues.get(key) ?? []
        while (queue.length && !pairs[index]) take(index, queue.pop())
      }
    }
  }

  pairBy(idOf, (node) => !isText(node))
  for (const [index, node] of next.entries()) if (!pairs[index] && idOf(node)) pairs[index] = elsewhere(node as Element)
  pairBy((node) => real(node).outerHTML)
  pairBy(idsIn)
  pairBy(nameOf)
  pairBy(tagOf)
  // A text belongs to the node before it: where that goes, the line break behind it goes.
  for (const [index, node] of next.entries()) {
    const before = index ? pairs[index - 1] : previous
    const behind = isText(node) && (before ? real(before).nextSibling : index ? null : old[0])
    if (behind && contentOf(behind) === contentOf(node)) take(index, behind as ChildNode)
  }
  pairBy(contentOf, isText)
  pairBy((node) => node.nodeName, isText)
  notes.paired?.(live, old, next, pairs)
  return pairs
}

/** All by which it is told from others, but for its content. */
function keyOf(node: Node): string {
  return isAnonymous(node) ? tagOf(node as Element) + nameOf(node as Element) : (idOf(node) ?? node.nodeName)
}

function isText(node: Node): boolean {
  return !(node instanceof Element)
}

function isAnonymous(node: Node): boolean {
  return !isText(node) && !attribute(node as Element, 'id')
}

function idOf(node: Node): string | null {
  const id = node instanceof Element && attribute(node, 'id')
  return id ? `${real(node).nodeName}#${id}` : null
}

/** An element that has none is known by each that is in it. */
function idsIn(node: Element): string[] {
  const { nodeName } = real(node)
  return Array.from(real(node).querySelectorAll('[id]'), (element) => `${nodeName} ${idOf(element)}`)
}

function contentOf(node: Node): string {
  return `${node.nodeType} ${node.nodeValue}`
}

/** By the fields and the like that it is, or holds. */
function nameOf(node: Element): string | null {
  const held = [node, ...real(node).querySelectorAll(stateful)].filter((element) => real(element).matches(stateful))
  return held.length ? `${real(node).nodeName} ${held.map(ownName)}` : null
}

/** A choice is known by its value as well. */
function ownName(element: Element): string {
  const value = /^(checkbox|radio)$/.test((element as HTMLInputElement).type) || real(element).localName === 'option'
  return real(element).localName + attribute(element, 'name') + (value && attribute(element, 'value'))
}

function tagOf(node: Element): string {
  return ownName(node) + permanence(node)
}

function permanence(element: Element): string {
  return attribute(element, 'data-reflex-permanent') === null ? '' : '!'
}
