import { defaultEvent, parseDescriptors } from '../descriptor.ts'
import { attribute } from '../dom.ts'

/** Looks at the page, now and after each reflex, and tells the console of markup that cannot mean what it says. */
export function diagnose(): void {
  const told = new Set<string>()
  document.addEventListener('reflex:finalize', look)
  document.addEventListener('patella:connected', look)

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
  }
}
