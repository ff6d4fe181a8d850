/** Whether the server that answers request `n` cannot have seen what the user did to the field last. */
export type Unseen = (field: Element, n: number) => boolean

/**
 * Listens for edits. `next` is the number of the request that will be made next: the first one that can know of an edit. A
 * field in which a text is being composed is handed to `composing`, and when that has ended, to `composed`.
 */
export function createEdits(
  next: () => number,
  composing: (field: Element) => void,
  composed: (field: Element) => void,
): Unseen {
  const edited = new WeakMap<object, number>()
  const listen = (type: string, listener: (field: Element) => void) =>
    addEventListener(type, ({ target }) => target instanceof Element && listener(target), true)

  for (const type of ['input', 'change']) listen(type, (field) => edited.set(keyOf(field), next()))
  listen('compositionstart', composing)
  listen('compositionend', composed)
  return (field, n) => (edited.get(keyOf(field)) ?? 0) > n
}

/** To choose a radio is to leave the others: those of a form go together. */
function keyOf(field: Element): object {
  const { type, form } = field as HTMLInputElement
  return type === 'radio' ? (form ?? field) : field
}
