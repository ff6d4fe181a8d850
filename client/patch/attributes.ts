import { attribute, real, setAttribute } from '../dom.ts'

/**
 * Brings to the element what the server changed in its attributes since the baseline, and makes the baseline like the new HTML.
 * What scripts set stays, classes and styles one by one. Nonces stay: a browser hides them, so that each would look changed.
 * `mine`: what scripts set stays also where the server changed it.
 */
export function mergeAttributes(base: Element, next: Element, live: Element, mine: boolean): void {
  const names = new Set([...namesOf(next), ...namesOf(base)])
  // A value is another one under another type.
  for (const name of names.delete('type') ? ['type', ...names] : names) {
    const was = attribute(base, name)
    const value = attribute(next, name)
    if (was === value) continue
    const touched = attribute(live, name) !== was
    const keep = name === 'nonce' || attribute(live, name) === value || (touched && mine)
    if (!keep) mergeAttribute(name, base, next, live, touched)
    assign(base, next, name)
  }
}

function mergeAttribute(name: string, base: Element, next: Element, live: Element, touched: boolean): void {
  if (name === 'class' && touched) mergeClasses(base, next, live)
  else if (name === 'style' && touched) mergeStyles(base as HTMLElement, next as HTMLElement, live as HTMLElement)
  // Without its attribute alone, a modal dialog would leave the page inert.
  else if (name === 'open' && 'close' in live && attribute(next, name) === null) (live as HTMLDialogElement).close()
  else assign(live, next, name)
}

function mergeClasses(base: Element, next: Element, live: Element): void {
  const [was, now] = [real(base).classList, real(next).classList]
  for (const token of [...was, ...now]) {
    const wanted = now.contains(token)
    if (was.contains(token) !== wanted) real(live).classList.toggle(token, wanted)
  }
}

function mergeStyles(base: HTMLElement, next: HTMLElement, live: HTMLElement): void {
  const [was, now] = [real(base).style, real(next).style]
  const read = (style: CSSStyleDeclaration, name: string) =>
    [style.getPropertyValue(name), style.getPropertyPriority(name)] as const
  for (const name of [...was, ...now]) {
    const value = read(now, name)
    // No value takes it away.
    if (String(read(was, name)) !== String(value)) real(live).style.setProperty(name, ...value)
  }
}

function assign(to: Element, from: Element, name: string): void {
  const found = real(from).getAttributeNode(name)
  if (!found) return setAttribute(to, name, null)
  // Parsers make attributes that setAttribute refuses ("@click"), or that live in a namespace (xlink:href).
  try {
    real(to).setAttributeNodeNS(found.cloneNode() as Attr)
  } catch {
    // Where trusted types are required, none make an inline event handler.
  }
}

function namesOf(element: Element): string[] {
  return real(element).getAttributeNames()
}
