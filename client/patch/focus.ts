import { attribute, editable, real } from '../dom.ts'

const focusable = `${editable},a[href],button,summary,[tabindex]`

let silent = false

/** Those that a browser dispatches when it takes the focus from a field. */
const events = ['blur', 'focus', 'focusout', 'focusin', 'change']

/**
 * Keeps the focus through a patch. While it is applied, the page's listeners hear nothing of a focus that a browser takes from
 * a node that is moved: it is given back. Returns what does so, and
 * ends the silence; when the focused element is gone and there is `newcomer`, that one has the focus.
 *
 * What has been removed leaves the focus to the element of its id, else to what can be focused behind it, else before it; never
 * to a field unless it was one, for that would open a keyboard.
 */
export function keepFocus(within: Element): (newcomer?: Element) => void {
  const active = document.activeElement
  const around = real(within).contains(active) ? [...real(within).querySelectorAll(focusable)] : []
  silent = true
  return (newcomer) => {
    // To give it to what has it would cost a layout.
    if (active !== document.activeElement && active?.isConnected) focus(active)
    silent = false
    // Browsers honour autofocus only while a page loads.
    if (document.activeElement === document.body) focus(newcomer ?? successor(active, around))
  }
}

function successor(active: Element | null, around: Element[]): Element | undefined {
  if (!active || active.isConnected) return
  const same = document.getElementById(attribute(active, 'id') ?? '')
  if (same) return same
  const place = around.indexOf(active)
  const fits = (element: Element) => element.isConnected && (active.matches(editable) || !element.matches(editable))
  return around.slice(place).find(fits) ?? around.slice(0, place).findLast(fits)
}

function focus(element: Element | undefined): void {
  ;(element as HTMLElement | undefined)?.focus({ preventScroll: true })
}

/** Before anyone else listens. */
export function silenceFocus(): void {
  for (const type of events) {
    addEventListener(type, (event) => silent && event.stopImmediatePropagation(), true)
  }
}
