/** Runs that wait for their time. */
export interface Timing {
  /** Runs `ms` after the last call for this element and key. */
  debounce(element: Element, key: string, ms: number, run: () => void): void
  /** Runs at once, then at most every `ms`; the last call within that time runs at its end. */
  throttle(element: Element, key: string, ms: number, run: () => void): void
  /** Runs now what waits on the elements chosen. */
  flush(chosen: (element: Element) => boolean): void
  /** How many runs wait. */
  readonly pending: number
}

interface Slot {
  element: Element
  key: string
  timer?: ReturnType<typeof setTimeout>
  run?: (() => void) | undefined
}

export function createTiming(changed: () => void): Timing {
  const slots = new Set<Slot>()

  function slotOf(element: Element, key: string): Slot {
    const slot = [...slots].find((slot) => slot.element === element && slot.key === key) ?? { element, key }
    slots.add(slot)
    return slot
  }

  function debounce(element: Element, key: string, ms: number, run: () => void): void {
    const slot = slotOf(element, key)
    slot.run = run
    clearTimeout(slot.timer)
    slot.timer = setTimeout(() => {
      slots.delete(slot)
      finish(slot)
    }, ms)
    changed()
  }

  function throttle(element: Element, key: string, ms: number, run: () => void): void {
    const slot = slotOf(element, key)
    slot.run = run
    if (slot.timer) changed()
    else next()

    function next(): void {
      if (slot.run) slot.timer = setTimeout(next, ms)
      else slots.delete(slot)
      finish(slot)
    }
  }

  function finish(slot: Slot): void {
    const { run } = slot
    slot.run = undefined
    run?.()
    changed()
  }

  return {
    debounce,
    throttle,
    flush(chosen) {
      for (const slot of slots) if (chosen(slot.element)) finish(slot)
    },
    get pending() {
      return [...slots].filter(({ run }) => run).length
    },
  }
}
