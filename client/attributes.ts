import { attribute, real, setAttribute } from './dom.ts'

/**
 * Gives the element the attributes of the other. Nonces stay: a browser hides them, so that each would look changed. What a
 * custom element lacks in the new HTML stays too: it may have set it itself. So does `open`, which the user sets, and without
 * which a modal dialog would leave the page inert.
 */
export function syncAttributes(from: Element, to: Element): void {
  for (const name of namesOf(to)) {
    if (name === 'nonce' || attribute(from, name) === attribute(to, name)) continue
    // Parsers make attributes that setAttribute refuses ("@click"), or that live in a namespace (xlink:href).
    const copy = (real(to, 'getAttributeNode').call(to, name) as Attr).cloneNode() as Attr
    try {
      real(from, 'setAttributeNodeNS').call(from, copy)
    } catch {
      // Where trusted types are required, none make an inline event handler.
    }
  }
  if (from.localName.includes('-')) return
  for (const name of namesOf(from)) {
    if (!/^(nonce|open)$/.test(name) && attribute(to, name) === null) setAttribute(from, name, null)
  }
}

function namesOf(element: Element): string[] {
  return real(element, 'getAttributeNames').call(element)
}
