import { defaultEvent, parseDescriptors } from '../descriptor.ts'
import { attribute, real } from '../dom.ts'
import type { ReflexEventDetail } from '../lifecycle.ts'
import { notes } from '../patch/notes.ts'

/**
 * Tells the console, once each, of markup that cannot mean what it says: of what the page shows, now and after each reflex, and
 * of what patches meet. The element gets an outline.
 */
export function diagnose(): void {
  const told = new Set<string>()
  document.addEventListener('reflex:finalize', look)
  document.addEventListener('patella:connected', look)
  document.addEventListener('reflex:error', (event) => {
    const { error } = (event as CustomEvent<ReflexEventDetail>).detail
    if (error?.code !== 'root_missing') return
    for (const root of document.querySelectorAll('[id][data-reflex-root]')) {
      tell(
        `${nameOf(root)} is a root here, and the server's page has other roots. Give each render of a page the same`,
        root,
      )
    }
  })
  notes.paired = (parent, old, next, pairs) => {
    if (old.length === next.length) return
    const changed = next.filter((node, index) => isGuess(pairs[index], node)).length
    if (changed < 5) return
    tell(`${changed} children of ${nameOf(parent)} could be told apart by their order alone. Give each an id`, parent)
  }
  notes.unmatched = (element) =>
    tell(
      `${nameOf(element)} is data-reflex-permanent and stays, although the server renders it no more. Remove it by a script`,
      element,
    )

  function look(): void {
    for (const element of document.querySelectorAll('[data-reflex]')) {
      const text = attribute(element, 'data-reflex') ?? ''
      parseDescriptors(text, defaultEvent(element.localName, attribute(element, 'type')), (ill) =>
        tell(`"${ill}" is not a descriptor. Write event->name#action:option, for example input->search#query`, element),
      )
    }
    for (const root of document.querySelectorAll('[data-reflex-root]:not([id], [data-reflex])')) {
      tell('data-reflex-root means nothing on an element without an id', root)
    }
    const ids = new Set<string>()
    for (const element of document.querySelectorAll('[id]')) {
      const id = attribute(element, 'id') ?? ''
      if (ids.has(id)) tell(`the id "${id}" is there twice; patches match elements by their ids`, element)
      ids.add(id)
    }
  }

  function tell(what: string, element: Element): void {
    if (told.has(what)) return
    told.add(what)
    console.warn(`Patella: ${what}`, element)
    // Through the CSSOM, which a strict style-src allows.
    real(element as HTMLElement).style.outline = '2px dashed #b91c1c'
  }
}

/** Whether two elements without ids were taken for the same although they differ. */
function isGuess(old: Node | undefined, next: Node): boolean {
  return old instanceof Element && !attribute(old, 'id') && !real(old).isEqualNode(next)
}

function nameOf(element: Element): string {
  const id = attribute(element, 'id')
  return `<${real(element).localName}${id ? ` id="${id}"` : ''}>`
}
