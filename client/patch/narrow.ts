import { parseFragment } from '../markup.ts'

/** Longest part of a text, in characters, for which it is worth looking. */
const longest = 20_000
/** Whose content is no markup, or is read by rules of its own. */
const odd = /<(!|script|style|textarea|template|noscript|title|svg|math|iframe|xmp|plaintext)/i

/**
 * The smallest element with an id around all that differs between two texts of a root: itself in the baseline, and the new one.
 * Undefined when only the whole can tell. `base` is the baseline that the first text makes.
 *
 * That the part may be read by itself is made sure of: its id is there once in either text; the old part gives the very element
 * of the baseline; and the new one differs in texts and attributes alone, so that its tags mean the same.
 */
export function narrow(before: string, after: string, base: Element): [base: Element, next: Element] | undefined {
  const shorter = Math.min(before.length, after.length)
  const start = longestWhere(shorter, (length) => before.startsWith(after.slice(0, length)))
  const behind = longestWhere(shorter - start, (length) => before.endsWith(after.slice(after.length - length)))
  for (let at = start, open = start; start - open < longest; ) {
    at = before.lastIndexOf(' id="', at - 1)
    open = before.lastIndexOf('<', at)
    const [tag = '', name, mark = '', id = ''] =
      before.slice(open, start).match(/^<(\w+)[^<>]*?( id="([^"<>&]+)")/) ?? []
    const end = tag && endOf(before, open, name as string)
    if (end && end >= before.length - behind) {
      const old = before.slice(open, end)
      const now = after.slice(open, end + after.length - before.length)
      const [was, next] = [only(old), only(now)]
      const element = base.querySelector(`[id="${CSS.escape(id)}"]`)
      const sound = [before, after].every(
        (text) => text.indexOf(mark) === text.lastIndexOf(mark) && text.includes(mark),
      )
      const alike = !odd.test(old) && String(tagsOf(old)) === String(tagsOf(now))
      return sound && alike && element && next && was?.isEqualNode(element) ? [element, next] : undefined
    }
    if (at < 1) return
  }
}

/** The element that the text is, if it is one and nothing else. */
function only(text: string): Element | null {
  const { childNodes, firstElementChild } = parseFragment(text, null)
  return childNodes.length === 1 ? firstElementChild : null
}

function tagsOf(text: string): string[] | null {
  return text.match(/<\/?[a-z][^\s/>]*/gi)
}

/** Where the element ends whose tag is opened there; 0 when that is nowhere, or far away. */
function endOf(text: string, open: number, name: string): number {
  const part = text.slice(open, open + longest)
  let depth = 0
  for (const { 1: closing, index } of part.matchAll(new RegExp(`<(/?)${name}(?=[\\s/>])`, 'g'))) {
    depth += closing ? -1 : 1
    if (!depth) return text.indexOf('>', open + index) + 1
  }
  return 0
}

/** The greatest number, at most `high`, that passes; all below it pass. Engines compare texts faster than we their characters. */
function longestWhere(high: number, passes: (length: number) => boolean, low = 0): number {
  const middle = Math.ceil((low + high) / 2)
  if (low === high) return low
  return passes(middle) ? longestWhere(high, passes, middle) : longestWhere(middle - 1, passes, low)
}
