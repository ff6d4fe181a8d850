/** What patches meet that a page's author should know of. Nobody listens but the development client. */
export const notes: {
  /** So many children without ids were told apart by tag and order alone, while others came or went. */
  churned?: (parent: Element, count: number) => void
  /** A permanent element that the server renders no more. */
  unmatched?: (element: Element) => void
} = {}
