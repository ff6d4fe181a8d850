import { find } from './dom.ts'
import { parseBody, parseFragment } from './markup.ts'
import { morph } from './morph.ts'
import type { Outcome } from './request.ts'

/** What a reply did to the page. */
export type MorphKind = 'page' | 'selector' | 'nothing'

export function morphKind({ patches, more }: Outcome): MorphKind {
  return more.m?.length ? 'selector' : patches?.length ? 'page' : 'nothing'
}

/**
 * Makes the page what the reply says: roots, title, selector morphs. Returns the ids of roots that only this page or only the
 * reply has (of a morph that was not `narrowed` to some); all else is done nevertheless. `learn` is told of each element that was
 * morphed.
 */
export function patchPage(
  { patches = [], more }: Outcome,
  learn: (root: Element) => void,
  narrowed: boolean,
): string[] {
  const missing = narrowed || !patches[0]?.[0] ? [] : rootsBeside(patches)
  for (const [id, html] of patches) {
    const root = id ? document.getElementById(id) : document.body
    const to = root === document.body ? parseBody(html) : parseFragment(html, root).firstElementChild
    if (root && to) learn(morph(root, to))
    else missing.push(id)
  }
  if (more.t !== undefined) document.title = more.t
  for (const [selector, html] of more.m ?? []) {
    const element = find(selector)
    if (element) learn(patchElement(element, selector, html))
    else console.error('Patella: no match', selector)
  }
  return missing
}

/** Roots of this page that the server rendered no more. */
function rootsBeside(patches: readonly (readonly [root: string, html: string])[]): string[] {
  const roots = document.querySelectorAll('[id][data-reflex-root]:not([data-reflex-root^="#"],[data-reflex-root] *)')
  return Array.from(roots, ({ id }) => id).filter((id) => !patches.some(([rendered]) => rendered === id))
}

/** HTML whose one top element matches the selector is the element itself, its attributes included; else it is its content. */
function patchElement(element: Element, selector: string, html: string): Element {
  const content = parseFragment(html, element)
  const [top, second] = content.children
  if (top && !second && matchesInPlace(element, top, selector)) return morph(element, top)
  // The copy belongs to the template's document, where custom elements stay asleep.
  const container = content.ownerDocument.importNode(element, false)
  container.append(content)
  return morph(element, container, true)
}

/** Whether it would match where the element is: `main .item` asks for its ancestors. */
function matchesInPlace(element: Element, top: Element, selector: string): boolean {
  const copy = top.cloneNode() as Element
  element.after(copy)
  const matches = copy.matches(selector)
  copy.remove()
  return matches
}
