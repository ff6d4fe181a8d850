export interface Timing {
  /**
   * Runs `ms.debounce` after the last call for this element and key; or at once, and then at most every `ms.throttle`, the
   * last call within that time at its end; with neither, at once.
   */
  run(element: Element, key: string, ms: { debounce?: number; throttle?: number }, run: () => void): void
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

/** Runs that wait for their time. `changed` is told whenever the number of them may be another. */
export function createTiming(changed: () => void): Timing {
  const slots = new Set<Slot>()

  function schedule(
    element: Element,
    key: string,
    ms: { debounce?: number; throttle?: number },
    run: () => void,
  ): void {
    const slot: Slot = [...slots].find((slot) => slot.element === element && slot.key === key) ?? { element, key }
    slot.run = run
    slots.add(slot)
    if (ms.debounce) {
      clearTimeout(slot.timer)
      slot.timer = setTimeout(end, ms.debounce)
    } else if (!slot.timer) end()
    changed()

    /** A throttled run opens the next window, one in which nothing was to be run is the last. */
    function end(): void {
      if (ms.throttle && slot.run) slot.timer = setTimeout(end, ms.throttle)
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
    run: schedule,
    flush(chosen) {
      for (const slot of slots) if (chosen(slot.element)) finish(slot)
    },
    get pending() {
      return [...slots].filter(({ run }) => run).length
    },
  }
}
