/**
 * A form shadows its own properties and methods with its fields: `<input name="getAttribute">` makes `form.getAttribute`
 * an element. What may be a form is read through this.
 */
export function real<E extends Element, K extends keyof E>(element: E, name: K): E[K] {
  return element instanceof HTMLFormElement ? Reflect.get(HTMLFormElement.prototype, name, element) : element[name]
}

export function attribute(element: Element, name: string): string | null {
  return real(element, 'getAttribute').call(element, name)
}

/** Sets an attribute, or takes it away by null. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) real(element, 'removeAttribute').call(element, name)
  else real(element, 'setAttribute').call(element, name, value)
}

/** The matches of a selector that came from the page or the server; one that cannot be parsed matches nothing. */
export function findAll<E extends Element = HTMLElement>(selector: string): E[] {
  try {
    return [...document.querySelectorAll<E>(selector)]
  } catch (error) {
    console.warn('Patella:', error)
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
