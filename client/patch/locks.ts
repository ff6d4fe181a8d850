import { real } from '../dom.ts'

/** Who holds elements: the number of a request, or the field in which a text is being composed. */
export type Holder = number | Element

/** Elements that no patch may touch now: the user has a request under way there, or a text. */
export interface Locks {
  hold(holder: Holder, elements: readonly Element[]): void
  release(holder: Holder): void
  /** Whether the element is held, or stands in one that is. */
  isHeld(element: Element): boolean
  /** Whether an element that is held stands in this node. */
  holdsInside(node: Node): boolean
}

export function createLocks(): Locks {
  const held = new Map<Holder, readonly Element[]>()
  const some = (test: (locked: Element) => boolean) => [...held.values()].flat().some(test)

  return {
    hold: (holder, elements) => void held.set(holder, elements),
    release: (holder) => void held.delete(holder),
    // A field outside its form belongs to it by its `form` attribute.
    isHeld: (element) =>
      some((locked) => real(locked).contains(element) || (element as HTMLInputElement).form === locked),
    holdsInside: (node) => some((locked) => real(node).contains(locked)),
  }
}
