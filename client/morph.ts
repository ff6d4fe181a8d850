import factory from 'morphdom/src/morphdom.js'
import { syncAttributes } from './attributes.ts'
import { attribute, real } from './dom.ts'
import { fields } from './fields.ts'
import { hadFocus, keepFocus } from './focus.ts'

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
  // isEqualNode does not look into templates.
  const comparable = !to.querySelector('template')
  const isSame = (from: Element, to: Element) => comparable && from.isEqualNode(to)
  if (isSame(from, to)) return from
  const keys = new Map<Node, string>()
  nameStateful(from, keys)
  nameStateful(to, keys)
  const restoreFocus = keepFocus()
  let autofocus: HTMLElement | undefined

  function update(from: Element, to: Element): boolean {
    if (isPermanent(from) || isSame(from, to)) return false
    const updateField = fields[from.localName]
    if (updateField) return updateField(from as never, to as never)
    return !(from as HTMLElement).isContentEditable || !hadFocus(from)
  }

  depth++
  try {
    const morphed = morphdom(from, to, {
      childrenOnly,
      addChild,
      getNodeKey: (node) => keys.get(node) ?? null,
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

/** A node of the page moves with what it holds (focus, a composition, an iframe's document), where browsers can. */
function addChild(parent: Element & { moveBefore?(node: Node, before: null): void }, child: Node): void {
  if (document.contains(child) && parent.moveBefore) parent.moveBefore(child, null)
  else parent.appendChild(child)
}

const stateful = /-|^(input|select|textarea|details|dialog|iframe|video|audio|canvas|object)$/

/**
 * Gives elements that hold more than their HTML says, and have no id, a key for morphdom: else something inserted before one
 * would have it thrown away for a new one. They are paired by tag, name and order within the nearest id; what permanent and
 * custom elements have inside is their own.
 */
function nameStateful(parent: Element, keys: Map<Node, string>, scope = '', counts: Record<string, number> = {}): void {
  for (const child of real(parent, 'children')) {
    const id = attribute(child, 'id')
    const closed = isPermanent(child) || child.localName.includes('-')
    if (id) keys.set(child, id)
    else if (closed || stateful.test(child.localName)) {
      const choice = /^(checkbox|radio)$/.test((child as HTMLInputElement).type) && attribute(child, 'value')
      const name = [scope, child.localName, attribute(child, 'name'), choice].join(' ')
      counts[name] = (counts[name] ?? 0) + 1
      keys.set(child, name + counts[name])
    }
    if (!closed) nameStateful(child, keys, id ?? scope, counts)
  }
}

function isPermanent(node: Node): boolean {
  return node instanceof Element && attribute(node, 'data-reflex-permanent') !== null
}
