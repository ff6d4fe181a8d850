import { Body } from './body.ts'
import { decodeText } from './decode.ts'
import { type ElementType, typeOf } from './elements.ts'
import { OpenElements } from './open-elements.ts'
import { Tags } from './tags.ts'

export interface CutPage {
  /** The document's title, decoded, its white space collapsed. */
  title: string | undefined
  /** In the order of the page; the id is '' for the body. */
  roots: { id: string; html: string }[]
  /** Those of `wanted` that the page does not have. */
  missing: string[]
}

/**
 * Cuts the roots out of a page's text without making a tree of it: elements with an id and `data-reflex-root`, the
 * outermost alone, else the body. `wanted` names others: any elements with these ids, and never the body in their stead.
 *
 * The text is cut where a browser begins and ends the element, be end tags left out or astray. What a browser moves
 * elsewhere is not followed: content put in front of a table, formatting closed across blocks, a second `<body>`.
 */
export function cutRoots(html: string, wanted?: readonly string[]): CutPage {
  const tags = new Tags(html)
  const elements = new OpenElements()
  const body = new Body(tags)
  const roots: CutPage['roots'] = []
  const missing = new Set(wanted)
  let title: string | undefined
  /** The root in which the walk is; the body has no start. */
  let root: { id: string; start?: number } | undefined

  for (let from = 0; tags.next(elements.inForeign); from = tags.end) {
    if (!body.begun && elements.empty) body.passText(from, tags.start)
    if (tags.kind === 'start') startTag()
    else if (tags.kind === 'end') endTag()
    else comment()
    if (elements.inRow) tags.pass(cells)
    if (tags.cut || (wanted && missing.size === 0 && root === undefined && title !== undefined)) break
  }
  // A tag that the text ends in is none.
  const end = tags.cut ? tags.start : html.length
  if (!body.begun && elements.empty) body.passText(tags.end, end)
  endRoot(end)
  if (roots.length === 0 && !wanted) roots.push({ id: '', html: body.toString(end) })
  return { title, roots, missing: [...missing] }

  function startTag(): void {
    // Within a root its parts are of no interest, unless others are wanted that may stand in it.
    let id = root === undefined || missing.size > 0 ? readId() : undefined
    if (!tags.passAttributes()) return
    const named = typeOf(html.slice(tags.nameStart, tags.nameEnd))
    const isBody = (body.begun || elements.empty) && body.passStartTag(named.name)
    const element = elements.open(named, tags.selfClosing)
    if (root?.start !== undefined && !elements.watching) {
      endRoot(tags.start)
      id = readId()
    }
    if (id !== undefined && (isBody || (element && body.begun && !elements.inTemplate))) found(id, element)
    if (element?.raw) rawText(element.name)
  }

  /** The id of the tag's element if that may be a root: it is marked as one, or any will do. */
  function readId(): string | undefined {
    let id: string | undefined
    let isRoot = wanted !== undefined
    for (tags.rewind(); tags.nextAttribute(); ) {
      const name = html.slice(tags.attributeStart, tags.attributeEnd).toLowerCase()
      if (name === 'id') id ??= html.slice(tags.valueStart, tags.valueEnd)
      // `#a #b` narrows the morph of an element's own reflex, which makes no root of that element.
      else if (name === 'data-reflex-root') isRoot ||= html[tags.valueStart] !== '#'
    }
    return isRoot && id ? decodeText(id) : undefined
  }

  /** An element that is a root unless it stands in one; the body is none of the open elements. */
  function found(id: string, element: ElementType | undefined): void {
    if ((wanted && !missing.delete(id)) || root !== undefined) return
    root = element ? { id, start: tags.start } : { id }
    if (element?.void) endRoot(tags.end)
    else if (element) elements.watch()
  }

  function rawText(name: string): void {
    const from = tags.end
    tags.passRawText(name)
    if (name !== 'title' || title !== undefined || elements.inTemplate) return
    title = decodeText(html.slice(from, tags.end))
      .replace(/[\t\n\f\r ]+/g, ' ')
      .replace(/^ | $/g, '')
  }

  function endTag(): void {
    if (!tags.passAttributes()) return
    const named = typeOf(html.slice(tags.nameStart, tags.nameEnd))
    const ended = elements.close(named)
    if (root?.start !== undefined && !elements.watching) endRoot(ended === 'watched' ? tags.end : tags.start)
    if (ended === 'none' && (body.begun || elements.empty)) body.passEndTag(named.name)
  }

  /** Any doctype counts: those of the last century that ask for quirks differ in nothing but a table in a paragraph. */
  function comment(): void {
    if (!body.begun && /^<!doctype/i.test(html.slice(tags.start, tags.start + 9))) elements.quirks = false
    body.passComment()
  }

  function endRoot(end: number): void {
    if (root === undefined) return
    const { id, start } = root
    root = undefined
    // Of those that share an id a browser finds the first.
    if (roots.some((other) => other.id === id)) return
    roots.push({ id, html: start === undefined ? body.toString(end) : html.slice(start, end) })
  }
}

/** Whole cells of a row with nothing but text in them: of a large table most of the tags, passed in one go. */
const cells = /(?:\s*<(t[dh])(?: (?:class|style)="[^"<]*")*>[^<]*<\/\1>)+/y
