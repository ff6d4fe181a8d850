import { real } from '../dom.ts'

/** What loses something by being moved where a browser cannot keep it, or has a say in it: a document, a playback, a drawing. */
const heavy = /<(iframe|object|video|audio|[a-z]+-)| (open|popover)\b/

/** Elements that were scrolled. Kept from their events: to ask each element would cost a layout. */
let scrolled: Element[] = []

export function watchScrolling(): void {
  addEventListener(
    'scroll',
    ({ target }) => {
      if (target instanceof Element && !scrolled.includes(target)) {
        scrolled = [...scrolled, target].filter(({ isConnected }) => isConnected)
      }
    },
    true,
  )
}

/** What it costs to move a node of the page: more than whatever else could be moved instead, if there is state in it. */
export function weightOf(node: Node): number {
  if (!(node instanceof Element)) return 1
  const { anchorNode, focusNode } = document.getSelection() as Selection
  const element = real(node)
  const holds = [document.activeElement, anchorNode, focusNode, ...scrolled].some(
    (held) => held && element.contains(held),
  )
  return holds || heavy.test(element.outerHTML) || element.getAnimations({ subtree: true }).length ? 1e6 : 1
}

type Movable = Node & { moveBefore?(node: Node, before: Node | null): void }

/**
 * Puts a node behind another one, or first. One of the page moves with what it holds (focus, playback, a composition) where the
 * browser can; else what was scrolled in it is scrolled again.
 */
export function put(parent: Movable, node: Node, after: Node | undefined): void {
  const before = after ? real(after).nextSibling : real(parent).firstChild
  if (before === node) return
  const into = real(parent)
  // Some browsers that move a node with its state forget how far it was scrolled.
  const places = scrolled.filter((element) => real(node).contains(element)).map(placeOf)
  if (into.moveBefore && into.isConnected && document.contains(node)) into.moveBefore(node, before)
  else into.insertBefore(node, before)
  for (const [element, left, top] of places) element.scrollTo({ left, top, behavior: 'instant' })
}

function placeOf(element: Element): [element: Element, left: number, top: number] {
  return [element, element.scrollLeft, element.scrollTop]
}
