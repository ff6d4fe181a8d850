import type { Tags } from './tags.ts'

/** Start tags that may stand before the body without beginning it. */
const headTags = new Set(
  'html head base basefont bgsound link meta noframes noscript script style template title'.split(' '),
)
/** End tags that begin it all the same. */
const bodyEndTags = new Set(['body', 'html', 'br'])

/**
 * Finds the body in a page's text, told of each tag in turn. The body begins at its start tag or, where that is left
 * out, at the first thing that cannot be in a head. It goes to the end of the text, for browsers put into it what comes
 * after `</body>`; the end tags themselves are no part of it, nor are comments behind them.
 */
export class Body {
  readonly #tags: Tags
  readonly #gaps: [start: number, end: number][] = []
  #startTag = '<body>'
  #inner = -1
  #headEnded = false
  #ended = false

  constructor(tags: Tags) {
    this.#tags = tags
  }

  get begun(): boolean {
    return this.#inner >= 0
  }

  /** Text from `from` to `to`, that is in no element of the head. */
  passText(from: number, to: number): void {
    if (this.begun) return
    const text = this.#tags.html.slice(from, to).search(/[^\t\n\f\r ]/)
    if (text >= 0) this.#inner = from + text
  }

  /** A start tag that is in no element of the head, its attributes passed. True for the body's own. */
  passStartTag(name: string): boolean {
    this.#ended = false
    if (this.begun || (headTags.has(name) && !(name === 'noscript' && this.#headEnded))) return false
    const { html, start, end } = this.#tags
    const own = name === 'body'
    if (own) this.#startTag = html.slice(start, end)
    this.#inner = own ? end : start
    return own
  }

  passEndTag(name: string): void {
    const { start, end } = this.#tags
    if (name === 'head') this.#headEnded = true
    if (!this.begun && bodyEndTags.has(name)) this.#inner = start
    if (name !== 'body' && name !== 'html') return
    this.#gaps.push([start, end])
    this.#ended = true
  }

  passComment(): void {
    if (this.#ended) this.#gaps.push([this.#tags.start, this.#tags.end])
  }

  /** The body's outer HTML up to `end`. */
  toString(end: number): string {
    const { html } = this.#tags
    let from = this.begun ? this.#inner : end
    let text = this.#startTag
    for (const gap of this.#gaps) {
      text += html.slice(from, gap[0])
      from = gap[1]
    }
    return `${text}${html.slice(from, end)}</body>`
  }
}
