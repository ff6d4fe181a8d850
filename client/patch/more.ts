/* What few pages need of the patcher: the client fetches it for large roots, for scripts with a nonce, for `data-reflex-morph`. */

import { attribute, real } from '../dom.ts'
import { trust } from '../markup.ts'
import { narrow } from './narrow.ts'
import { copy, pair, pairAll, twinOf } from './twins.ts'

export type More = typeof more

/** The names outlive minifying: another file asks for them. */
export const more = { narrow, wakeScript, enforce }

/**
 * Scripts of a patch are inert, but for those with the nonce of the page's own scripts, which whoever wrote them into the HTML
 * had to know: they run, once, when they have reached the page.
 */
function wakeScript(script: Element): void {
  if (!(script instanceof HTMLScriptElement) || !script.isConnected) return
  const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce
  if (!nonce || script.nonce !== nonce) return
  // Parsed with a template, it would never run.
  const fresh = document.createElement('script')
  for (const { name, value } of script.attributes) {
    fresh.setAttribute(name, name === 'src' ? trust('createScriptURL', value) : value)
  }
  fresh.nonce = nonce
  fresh.text = trust('createScript', script.text)
  pair(twinOf(script) as Node, fresh)
  script.replaceWith(fresh)
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
  const choice = /^(checkbox|radio|file)$/.test(attribute(field, 'type') ?? '')
  for (const name of choice ? ['Checked'] : ['Value', 'Selected']) {
    const { [`default${name}`]: wanted, [name.toLowerCase()]: found } = field as unknown as Record<string, unknown>
    if (wanted !== undefined && found !== wanted) Object.assign(field, { [name.toLowerCase()]: wanted })
  }
}
