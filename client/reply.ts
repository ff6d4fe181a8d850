import type { TextPatch } from '../protocol/messages.ts'
import { find, real } from './dom.ts'
import { parseBody, parseFragment } from './markup.ts'
import type { Patcher } from './patch/patch.ts'
import type { Outcome } from './request.ts'

/** What a reply did to the page. */
export type MorphKind = 'page' | 'selector' | 'nothing'

export function morphKind({ patches, more }: Outcome): MorphKind {
  return more.m?.length ? 'selector' : patches?.length ? 'page' : 'nothing'
}

/**
 * Makes the page what the reply says: roots, title, selector morphs. Returns the ids of roots that only this page or only the
 * reply to request `n` has (of a morph that was not `narrowed` to some); all else is done nevertheless.
 */
export function patchPage({ patches = [], more }: Outcome, patcher: Patcher, n: number, narrowed: boolean): string[] {
  const missing =
    narrowed || !patches[0]?.[0] ? [] : pageRoots().filter((id) => !patches.some(([rendered]) => rendered === id))
  for (const patch of patches) if (!patchRoot(patch)) missing.push(patch[0])
  if (more.t !== undefined) document.title = more.t
  for (const [selector, html] of more.m ?? []) {
    const element = find(selector)
    if (element) patchElement(element, selector, html)
    else console.error('Patella: no match', selector)
  }
  if (missing.length) console.error('Patella: no match', missing)
  return missing

  function patchRoot([id, html]: TextPatch): boolean {
    const root = id ? document.getElementById(id) : document.body
    const parse = () => (root === document.body ? parseBody(html) : parseFragment(html, root).firstElementChild)
    return !!root && patcher.patch(root, parse, n, html)
  }

  /** HTML whose one top element matches the selector is the element itself, its attributes included; else it is its content. */
  function patchElement(element: Element, selector: string, html: string): void {
    const parse = (base: Element) => {
      const content = parseFragment(html, element)
      const [top, second] = content.children
      if (top && !second && matchesInPlace(element, top, selector)) return top
      const container = real(base).cloneNode() as Element
      real(container).append(content)
      return container
    }
    patcher.patch(element, parse, n)
  }
}

/** The ids of this page's roots: what a page morph renders. */
function pageRoots(): string[] {
  const roots = document.querySelectorAll('[id][data-reflex-root]:not([data-reflex-root^="#"],[data-reflex-root] *)')
  return Array.from(roots, ({ id }) => id)
}

/** Whether it would match where the element is: `main .item` asks for its ancestors. */
function matchesInPlace(element: Element, top: Element, selector: string): boolean {
  const copy = top.cloneNode() as Element
  element.after(copy)
  const matches = copy.matches(selector)
  copy.remove()
  return matches
}
