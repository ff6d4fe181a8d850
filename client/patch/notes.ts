/** What patches do that a page's author should know of. Nobody listens but the development client. */
export const notes: {
  /** Children of an element of the page: those that the server rendered before, and for each new one the old, if any. */
  paired?: (parent: Element, old: readonly Node[], next: readonly Node[], pairs: readonly (Node | undefined)[]) => void
  /** A permanent element that the server renders no more. */
  unmatched?: (element: Element) => void
} = {}
