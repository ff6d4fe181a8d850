/*
 * Beside the page stands what the server last rendered, as a tree of its own: the baseline. Each node of the page that came
 * from the server and its copy there are twins. A node without one was put in by a script; a twin whose node stands elsewhere,
 * or nowhere, was moved or taken away by one.
 */

/** Of the registry: what is fetched later must know it. */
const twin = Symbol.for('patella.twin')

type Twinned = Node & { [twin]?: Node }

/** Where copies live: no image loads there and no custom element wakes. */
let shelf: Document | undefined

export function twinOf<N extends Node>(node: N): N | undefined {
  return (node as Twinned)[twin] as N | undefined
}

export function pair(base: Twinned, live: Twinned): void {
  base[twin] = live
  live[twin] = base
}

/** Pairs two trees of the same shape. */
export function pairAll(base: Node, live: Node): void {
  const [bases, lives] = [document.createTreeWalker(base), document.createTreeWalker(live)]
  do pair(bases.currentNode, lives.currentNode)
  while (bases.nextNode() && lives.nextNode())
}

export function copy<N extends Node>(node: N): N {
  shelf ??= document.implementation.createHTMLDocument('')
  return shelf.importNode(node, true)
}

/** The baseline of what is on the page and has none yet: as it is now. */
export function takeBaseline(live: Element): Element {
  const base = copy(live)
  // A parent of its own, in which another element can take its place.
  base.ownerDocument.createDocumentFragment().append(base)
  pairAll(base, live)
  return base
}
