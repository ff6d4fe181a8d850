import { PatellaError } from '../../protocol/errors.ts'

/** Where in the markup a value stands. */
export type Place =
  | { kind: 'text' | 'quoted' | 'address' | 'script' }
  /** `name=${value}`, the attribute as a whole; `name` with the white space before it. */
  | { kind: 'bare'; name: string; value: Place }
  | { kind: 'refused'; what: string; remedy: string }

export interface Template {
  /** The template's own text around the values: one more than there are values. */
  texts: string[]
  places: Place[]
}

/** Stands for a value while the text is walked. A noncharacter, so that no template has one of its own. */
const hole = '\uffff'

// HTML's white space, which is less than JavaScript's: a no-break space is part of a name or a value.
const tagStart = /<(\/?)([a-z\uffff][^ \t\n\f\r/>]*)/iy
const commentStart = /<(?:!--|[!?/])/y
const attributeStart = /(=?[^ \t\n\f\r/>=]*)(?:[ \t\n\f\r]*(=)[ \t\n\f\r]*(["']?))?/y
const unquotedValue = /[^ \t\n\f\r>]*/y
const between = /[ \t\n\f\r/]*/y

const addresses = new Set(['href', 'src', 'action', 'formaction', 'data', 'xlink:href'])

/**
 * Finds the place of each value by walking the template's own text once, as a browser's tokenizer would. No value
 * can lead it astray: what is printed later is escaped for its place.
 */
export function compileTemplate(strings: readonly string[]): Template {
  const source = strings.join(hole)
  const template: Template = { texts: [], places: [] }
  let at = 0
  let kept = 0

  function step(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at
    return pattern.exec(source) ?? undefined
  }

  function keep(end: number, next: number, place: Place): void {
    template.texts.push(source.slice(kept, end))
    template.places.push(place)
    kept = next
  }

  /** Moves to `end`; the values on the way get the place that `placeOf` says. */
  function moveTo(end: number, placeOf: (index: number) => Place): void {
    for (let index = source.indexOf(hole, at); index >= 0 && index < end; index = source.indexOf(hole, index + 1)) {
      keep(index, index + 1, placeOf(index))
    }
    at = end
  }

  function walkTag([tag, slash, name = '']: RegExpExecArray): void {
    moveTo(at + tag.length, () => refused("a tag's name", 'Choose between two templates'))
    for (;;) {
      const space = step(between)?.[0] ?? ''
      at += space.length
      if (source[at] === '>') break
      if (at >= source.length) throw unfinished('a tag')
      walkAttribute(/[^/]*$/.exec(space)?.[0] ?? '')
    }
    at++
    if (slash === '') walkRawText(name.toLowerCase())
  }

  function walkAttribute(space: string): void {
    const start = at
    const [whole = '', name = '', equals, quote] = step(attributeStart) ?? []
    moveTo(at + name.length, () =>
      refused("an attribute's name", 'Print the whole attribute, name=…: false leaves it out'),
    )
    if (equals === undefined) return
    at = start + whole.length
    const from = at
    if (quote) {
      const end = source.indexOf(quote, at)
      if (end < 0) throw unfinished('an attribute')
      moveTo(end, (index) => inAttribute(name.toLowerCase(), source.slice(from, index)))
      at++
      return
    }
    const value = step(unquotedValue)?.[0] ?? ''
    if (value === hole || (value === `${hole}/` && source[at + 2] === '>')) {
      const value = inAttribute(name.toLowerCase(), '')
      keep(start - space.length, at + 1, { kind: 'bare', name: space + name, value })
      at++
      return
    }
    moveTo(at + value.length, () => refused('an unquoted attribute, beside other text', 'Put quotes around all of it'))
  }

  function walkRawText(name: string): void {
    if (!/^(?:script|style|textarea|title)$/.test(name)) return
    const from = at
    const length = source.slice(at).search(new RegExp(`</${name}[ \\t\\n\\f\\r/>]`, 'i'))
    if (length < 0) throw unfinished(`<${name}>`)
    moveTo(at + length, (index) => inRawText(name, source.slice(from, index)))
  }

  function walkComment(opening: string): void {
    const close = opening === '<!--' ? '-->' : '>'
    const end = source.indexOf(close, at + 2)
    if (end < 0) throw unfinished('a comment')
    moveTo(end + close.length, () => refused('a comment', 'Move it out'))
  }

  while (at < source.length) {
    const next = source.indexOf('<', at)
    moveTo(next < 0 ? source.length : next, () => ({ kind: 'text' }))
    const tag = step(tagStart)
    const comment = tag ? undefined : step(commentStart)
    if (tag) walkTag(tag)
    else if (comment) walkComment(comment[0])
    else at++
  }
  template.texts.push(source.slice(kept))
  return template
}

/** @param before what stands in the quotes before the value */
function inAttribute(name: string, before: string): Place {
  if (name.startsWith('on')) return refused('an event handler', 'Use data-reflex, or a data attribute and a script')
  if (name === 'srcdoc') return refused('srcdoc, a document of its own', 'Point src to a page')
  if (!addresses.has(name)) return { kind: 'quoted' }
  if (/^[\0- ]*javascript:/i.test(before))
    return refused('a script', 'Use data-reflex, or a data attribute and a script')
  // Two values may make up a scheme that neither has.
  if (/^[\0- ]*\uffff/.test(before)) return refused('an address, behind another value', 'Join them to one value')
  return { kind: /^[\0- ]*$/.test(before) ? 'address' : 'quoted' }
}

function inRawText(name: string, before: string): Place {
  if (name === 'style') return refused('a style', 'Set a custom property in a style attribute')
  if (name !== 'script') return { kind: 'text' }
  return isCode(before)
    ? { kind: 'script' }
    : refused("a script's text or comment", 'Leave the quotes off: the value is printed as JSON, with its own')
}

/** Whether no string or comment is open at the end of a script's text. */
function isCode(script: string): boolean {
  const whole = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\/\/.*\n|\/\*[\s\S]*?\*\//g
  return !/["'`]|\/[/*]/.test(script.replace(whole, ''))
}

function refused(what: string, remedy: string): Place {
  return { kind: 'refused', what, remedy }
}

function unfinished(what: string): PatellaError {
  return new PatellaError('template_invalid', {
    reason: `the template ends inside ${what}`,
    remedy: 'Close it in the same template',
  })
}
