import type { Unseen } from './edits.ts'
import type { Locks } from './locks.ts'

/** One patch while it is applied. */
export interface Work {
  /** The request whose reply brings it. */
  readonly n: number
  readonly unseen: Unseen
  readonly locks: Locks
  /** Lets a script run that may, and is on the page. */
  readonly wake: ((element: Element) => void) | undefined
  /** What had the focus when it began: a node that is moved loses it. */
  readonly focused: Element | null
  /** Something was left as it was: the baseline is not what the server rendered last. */
  partial: boolean
  /** An element with `autofocus` that it brought. */
  autofocus: Element | undefined
  /** Keeps HTML for an element that is held. */
  wait(live: Element, next: Element | null): void
  /** Whether the two are the same all through. */
  same(base: Node, next: Node): boolean
  /** Makes a node of the baseline like the new one, and brings to its twin on the page what differs. */
  update(base: Node, next: Node): void
  /** The same for what is in an element. */
  updateChildren(base: Element, next: Element, live: Element): void
  /** Takes a node of the new HTML for the page; returns its copy for the baseline. */
  create(next: Node): Node
  /** Gives an element that was created what has been in the baseline before, by the ids of what is in it. */
  restore(base: Node): void
  /** Claims, for an element of the new HTML, the one of the baseline that has its id and stands elsewhere. */
  elsewhere(next: Element): Element | undefined
  /** Removes a node of the baseline and its twin: at once, or in the end when nothing has claimed it. */
  remove(base: ChildNode): void
  /** Removes what was not claimed. */
  finish(): void
}
