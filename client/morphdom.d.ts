/** morphdom without its own way with attributes, from its source, which is a module and so bundles smaller. */
declare module 'morphdom/src/morphdom.js' {
  interface Options {
    childrenOnly: boolean
    addChild(parent: Element, child: Node): void
    getNodeKey(node: Node): string | null
    onBeforeElUpdated(from: Element, to: Element): boolean
    onBeforeElChildrenUpdated(from: Element, to: Element): boolean
    onBeforeNodeDiscarded(node: Node): boolean
    onNodeAdded(node: Node): void
  }

  export default function factory(
    syncAttributes: (from: Element, to: Element) => void,
  ): (from: Element, to: Element, options: Options) => Node
}
