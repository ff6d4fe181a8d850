import factory from 'morphdom/src/morphdom.js'
import { syncAttributes } from './attributes.ts'
import { attribute } from './dom.ts'
import { fields } from './fields.ts'
import { keepFocus } from './focus.ts'

const morphdom = factory(syncAttributes)

let depth = 0

/** Whether a patch is being applied: the focus events that it causes are not the user's. */
export function isMorphing(): boolean {
  return depth > 0
}

/**
 * Makes the element on the page like the one the server rendered, keeping nodes and what the user did: focus, selection,
 * typed text, choices; subtrees marked `data-reflex-permanent`; what custom elements made of themselves. Returns the element,
 * or the one that took its place because the tag is another now.
 */
export function morph(from: Element, to: Element, childrenOnly = false): Element {
  const keys = pairPermanents(from, to)
  const restoreFocus = keepFocus()
  // isEqualNode does not look into templates.
  const comparable = !to.querySelector('template')
  let autofocus: HTMLElement | undefined

  function update(from: Element, to: Element): boolean {
    if (isPermanent(from) || (comparable && from.isEqualNode(to))) return false
    const updateField = fields[from.localName]
    if (updateField) return updateField(from as never, to as never)
    return !(from as HTMLElement).isContentEditable || from !== document.activeElement
  }

  depth++
  try {
    const morphed = morphdom(from, to, {
      childrenOnly,
      getNodeKey: (node) => keys.get(node) ?? (node instanceof Element ? attribute(node, 'id') : null),
      onBeforeElUpdated: update,
      // A custom element that the server renders empty has filled itself.
      onBeforeElChildrenUpdated: (from, to) => to.hasChildNodes() || !from.localName.includes('-'),
      onBeforeNodeDiscarded: (node) => !isPermanent(node),
      onNodeAdded: (node) => {
        if (node instanceof HTMLElement && node.autofocus) autofocus = node
      },
    })
    restoreFocus()
    // Browsers honour autofocus only while a page loads.
    if (document.activeElement === document.body) autofocus?.focus()
    return morphed as Element
  } finally {
    depth--
  }
}

/** Permanent elements without an id are matched by their order, else a sibling inserted before one would take its place. */
function pairPermanents(from: Element, to: Element): Map<Node, string> {
  const keys = new Map<Node, string>()
  for (const root of [from, to]) {
    root.querySelectorAll('[data-reflex-permanent]:not([id])').forEach((element, i) => {
      keys.set(element, `permanent ${i}`)
    })
  }
  return keys
}

function isPermanent(node: Node): boolean {
  return node instanceof Element && attribute(node, 'data-reflex-permanent') !== null
}
