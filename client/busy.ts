import { attribute, real, setAttribute } from './dom.ts'

export interface Busy {
  /** Marks what a reflex runs for: its element, the button that submitted it; returns what ends that, once. */
  begin(...elements: (Element | null | undefined)[]): () => void
  /** Runs with every mark taken off, so that a patch neither meets nor wipes them. */
  aside<T>(run: () => T): T
}

/** An element has one mark, however many of its reflexes run. */
interface Mark {
  element: Element
  count: number
  /** Takes off what was put on; undefined while nothing is on. */
  undo?: (() => void) | undefined
}

/** `aria-busy` and the class `reflex-loading` on what runs, and `data-reflex-disable-with`. */
export function createBusy(): Busy {
  const marks = new Map<Element, Mark>()

  function begin(...elements: (Element | null | undefined)[]): () => void {
    const begun = elements.flatMap((element) => {
      if (!element) return []
      const mark = marks.get(element) ?? { element, count: 0 }
      marks.set(element, mark)
      mark.count++
      mark.undo ??= put(element)
      return mark
    })
    return () => {
      for (const mark of begun.splice(0)) if (!--mark.count) lift(mark)
    }
  }

  function lift(mark: Mark): void {
    if (!mark.count) marks.delete(mark.element)
    mark.undo?.()
    mark.undo = undefined
  }

  function aside<T>(run: () => T): T {
    const lifted = [...marks.values()]
    lifted.forEach(lift)
    try {
      return run()
    } finally {
      for (const mark of lifted) if (mark.count && mark.element.isConnected) mark.undo ??= put(mark.element)
    }
  }

  return { begin, aside }
}

function put(element: Element): () => void {
  const busy = attribute(element, 'aria-busy')
  const disabling = attribute(element, 'data-reflex-disable-with') !== null && 'disabled' in element
  const enable = disabling && disable(element as HTMLButtonElement)
  setAttribute(element, 'aria-busy', 'true')
  real(element).classList.add('reflex-loading')
  return () => {
    if (enable) enable()
    setAttribute(element, 'aria-busy', busy)
    real(element).classList.remove('reflex-loading')
    if (!attribute(element, 'class')) setAttribute(element, 'class', null)
  }
}

/** Disables a button and swaps its text, if `data-reflex-disable-with` gives one; returns what gives both back. */
function disable(button: HTMLButtonElement): () => void {
  const { disabled } = button
  const value = attribute(button, 'value')
  const content = [...button.childNodes]
  const text = attribute(button, 'data-reflex-disable-with')
  const focused = document.activeElement === button
  const isInput = button.localName === 'input'
  if (text && isInput) button.value = text
  else if (text) button.replaceChildren(text)
  button.disabled = true
  return () => {
    button.disabled = disabled
    if (isInput) setAttribute(button, 'value', value)
    else button.replaceChildren(...content)
    // A disabled button loses the focus, and a keyboard user would be back at the top of the page.
    if (focused && document.activeElement === document.body) button.focus({ preventScroll: true })
  }
}
