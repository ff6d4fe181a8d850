/* What few pages need of the patcher: the client fetches it for large roots, for scripts with a nonce, for `data-reflex-morph`. */

import { attribute, real } from '../dom.ts'
import { trust } from '../markup.ts'
import { narrow } from './narrow.ts'
import { copy, pair, pairAll, twinOf } from './twins.ts'

export type More = typeof more

/** The names outlive minifying: another file asks for them. */
export const more = { narrow, wakeScripts, enforce }

/**
 * Scripts of a patch are inert, but for those with the nonce of the page's own scripts, which whoever wrote them into the HTML
 * had to know: they run, once, when they reach the page. Returns the node itself, or the script that takes its place.
 */
function wakeScripts(node: Node): Node {
  if (!(node instanceof Element)) return node
  const scripts = node instanceof HTMLScriptElement ? [node] : [...real(node).querySelectorAll('script')]
  // Of the whole page, which is asked for seldom.
  const nonce = scripts.length && document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  let woken: Node = node
  for (const script of nonce ? scripts : []) {
    if (script.nonce !== nonce) continue
    // Parsed with a template, it would never run.
    const fresh = document.createElement('script')
    for (const { name, value } of script.attributes) {
      fresh.setAttribute(name, name === 'src' ? trust('createScriptURL', value) : value)
    }
    fresh.nonce = nonce as string
    fresh.text = trust('createScript', script.text)
    pair(twinOf(script) as Node, fresh)
    script.replaceWith(fresh)
    if (script === node) woken = fresh
  }
  return woken
}

/** Makes of what the page has what the server rendered, to the letter; `apply` makes a baseline like another. */
function enforce(live: Element, apply: (base: Element, target: Element) => void): void {
  const known = twinOf(live)
  if (!known) return
  const now = copy(live)
  if (!real(now).isEqualNode(known)) {
    real(known).replaceWith(now)
    pairAll(now, live)
    apply(now, known)
  }
  for (const field of [live, ...real(live).querySelectorAll('input,textarea,option')]) forceField(field)
}

/** Gives a field what the server rendered, whatever the user did to it. */
function forceField(field: Element): void {
  if (attribute(field, 'type') === 'file') return
  for (const name of ['Value', 'Checked', 'Selected']) {
    const { [`default${name}`]: wanted, [name.toLowerCase()]: found } = field as unknown as Record<string, unknown>
    if (wanted !== undefined && found !== wanted) Object.assign(field, { [name.toLowerCase()]: wanted })
  }
}
