import { attribute, real } from '../dom.ts'

/** What holds more than its HTML says: typed text, a choice, a document, a playback. */
const stateful = 'input,select,option,textarea,details,dialog,iframe,video,audio,canvas,object,[contenteditable]'

/**
 * Pairs children by what tells them apart best: id; equal content; ids inside; names of fields; tag and order. Nodes with
 * different ids, and fields with different names, are never the same. `previous` is the old child before them; `elsewhere` finds
 * a node with the id that stood outside; `guessed` is told how many were paired by nothing but their tag and order. Returns for
 * each new child the old one, if there is one.
 */
export function matchChildren(
  old: readonly ChildNode[],
  next: readonly ChildNode[],
  previous: ChildNode | undefined,
  elsewhere: (next: Element) => ChildNode | undefined,
  guessed: (count: number) => void,
): (ChildNode | undefined)[] {
  const pairs: (ChildNode | undefined)[] = new Array(next.length)
  const free = new Set(old)

  function take(index: number, node: ChildNode | null | undefined): void {
    if (node && !pairs[index] && free.delete(node)) pairs[index] = node
  }

  /** Pairs those that share a key, in order. */
  function pairBy(keysOf: (node: Node) => (string | null)[]): void {
    const queues = new Map<string, ChildNode[]>()
    for (const node of [...free].reverse()) {
      for (const key of keysOf(node)) {
        const queue = queues.get(key ?? '') ?? []
        queue.push(node)
        if (key) queues.set(key, queue)
      }
    }
    if (!queues.size) return
    for (const [index, node] of next.entries()) {
      for (const key of pairs[index] ? [] : keysOf(node)) {
        const queue = queues.get(key ?? '') ?? []
        while (queue.length && !pairs[index]) take(index, queue.pop())
      }
    }
  }

  pairBy((node) => [idOf(node)])
  for (const [index, node] of next.entries()) if (!pairs[index] && idOf(node)) pairs[index] = elsewhere(node as Element)
  // One is not like the other, or they would not be here.
  if (free.size > 1 || next.length > 1) pairBy((node) => (isAnonymous(node) ? [real(node).outerHTML] : []))
  pairBy((node) => (isAnonymous(node) ? idsIn(node) : []))
  pairBy((node) => (isAnonymous(node) ? [nameOf(node)] : []))
  const guesses = free.size
  pairBy((node) => (isAnonymous(node) ? [tagOf(node)] : []))
  guessed(guesses - free.size)
  // A text belongs to the node before it: where that goes, the line break behind it goes.
  for (const [index, node] of next.entries()) {
    const before = index ? pairs[index - 1] : previous
    const behind = before ? real(before).nextSibling : index ? null : old[0]
    if (behind && isText(node) && contentOf(behind) === contentOf(node)) take(index, behind as ChildNode)
  }
  pairBy((node) => (isText(node) ? [contentOf(node)] : []))
  pairBy((node) => (isText(node) ? [node.nodeName] : []))
  return pairs
}

function isText(node: Node): boolean {
  return !(node instanceof Element)
}

function isAnonymous(node: Node): node is Element {
  return node instanceof Element && !attribute(node, 'id')
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
  return `${real(node).nodeName} ${attribute(node, 'name')}${permanence(node)}`
}

function permanence(element: Element): string {
  return attribute(element, 'data-reflex-permanent') === null ? '' : '!'
}
