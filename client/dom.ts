/**
 * A form shadows its own properties and methods with its fields: `<input name="getAttribute">` makes `form.getAttribute`
 * an element. What may be a form is read through this, and its methods called.
 */
export function real<N extends Node>(node: N): N {
  return node instanceof HTMLFormElement ? (new Proxy(node, { get: unshadowed }) as Node as N) : node
}

function unshadowed(form: Node, name: string): unknown {
  const value = Reflect.get(HTMLFormElement.prototype, name, form)
  return typeof value === 'function' ? value.bind(form) : value
}

/** What can be edited. */
export const editable = 'input,select,textarea,[contenteditable]'

export function attribute(element: Element, name: string): string | null {
  return real(element).getAttribute(name)
}

/** Sets an attribute, or takes it away by null. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) real(element).removeAttribute(name)
  else real(element).setAttribute(name, value)
}

/** The matches of a selector that came from the page or the server; one that cannot be parsed matches nothing. */
export function findAll<E extends Element = HTMLElement>(selector: string): E[] {
  try {
    return [...document.querySelectorAll<E>(selector)]
  } catch (error) {
    console.error('Patella:', error)
    return []
  }
}

export function find(selector: string): HTMLElement | undefined {
  return findAll(selector)[0]
}

/** The page's URL as requests name it. */
export function here(): string {
  return location.pathname + location.search
}

export function valuesOf(controls: Iterable<Element>): string[] {
  return Array.from(controls, (control) => (control as HTMLInputElement).value)
}
