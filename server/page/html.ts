import { PatellaError } from '../../protocol/errors.ts'
import { compileTemplate, type Place, type Template } from './template.ts'

/** Registered, so that markup made by another copy of the package is known; no JSON can hold a symbol. */
const markup = Symbol.for('patella.html')
const trusted = Symbol.for('patella.raw')

/** Text that is HTML already and is not escaped again. Made by `html` and `raw`. */
export class Html {
  readonly [markup]: string
  /** Whether the author vouches for it in every place: `raw`, not `html`. */
  readonly [trusted]: boolean

  constructor(text: string, vouched = false) {
    this[markup] = text
    this[trusted] = vouched
  }

  toString(): string {
    return this[markup]
  }

  toJSON(): string {
    return this[markup]
  }
}

/**
 * HTML with its values escaped for the place where they stand:
 *
 * - in text and in a quoted attribute: as text. Arrays are joined, `html` and `raw` pass, and null, undefined, true
 *   and false print nothing;
 * - `name=${value}` without quotes: the attribute, quoted; `true` gives an empty one, false, null and undefined none
 *   (`aria-…` gets "true" or "false");
 * - in a script: as JSON. No quotes around it;
 * - an address with the scheme `javascript:` becomes `about:invalid`.
 *
 * In a style, a comment, a tag's or attribute's name, `srcdoc` or an `on…` attribute only `raw` is printed. Anything
 * else there, a promise, a function, or a template that ends inside a tag throws `template_invalid`.
 *
 * @example
 * html`<li class="${kind}" hidden=${!shown}>${name}${tags.map((tag) => html`<b>${tag}</b>`)}</li>`
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Html {
  let template = templates.get(strings)
  if (template === undefined) {
    template = compileTemplate(strings)
    templates.set(strings, template)
  }
  const { texts, places } = template
  let out = texts[0] as string
  for (let n = 0; n < places.length; n++) {
    out += print(values[n], places[n] as Place) + (texts[n + 1] as string)
  }
  return new Html(out)
}

/** Trusted HTML, printed as it is, wherever it stands. Never for what a user may have written. */
export function raw(text: unknown): Html {
  return new Html(String(text), true)
}

/** Whether the value was made by `html` or `raw`, of this copy of the package or another. */
export function isHtml(value: unknown): value is Html {
  return typeof value === 'object' && value !== null && markup in value
}

/**
 * The text of what is to be HTML: a string, `html` or what another template engine wraps its text in. Anything else
 * would reach the page as "undefined" or "[object Promise]".
 *
 * @throws html_invalid
 */
export function htmlText(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  const wrapped = typeof value === 'object' && value !== null && !Array.isArray(value) && !('then' in value)
  if (wrapped && value.toString !== Object.prototype.toString) return String(value)
  throw new PatellaError('html_invalid', { what, type: wrapped ? 'an object' : nameOf(value) })
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'a promise' : String(value)
}

// Kept by the strings themselves, of which each place in the source has its own.
const templates = new WeakMap<TemplateStringsArray, Template>()

function print(value: unknown, place: Place): string {
  if (place.kind === 'bare') return printBare(value, place.name, place.value)
  if (isHtml(value) && value[trusted]) return value[markup]
  switch (place.kind) {
    case 'text':
      return printText(value)
    case 'quoted':
      return printAttribute(value)
    case 'address':
      return safeAddress(printAttribute(value))
    case 'script':
      return printScript(value)
    case 'refused':
      throw invalid(`a value stands in ${place.what}`, `${place.remedy}; raw() prints trusted text anywhere`)
  }
}

function printBare(value: unknown, name: string, place: Place): string {
  // ARIA's booleans are words: an empty attribute reads as false.
  if (typeof value === 'boolean' && /^\s*aria-/i.test(name)) return `${name}="${value}"`
  if (value === false || value === null || value === undefined) return ''
  return `${name}="${value === true ? '' : print(value, place)}"`
}

function printText(value: unknown): string {
  return typeof value === 'string' ? escapeText(value) : printOther(value, printText, escapeText)
}

/** Markup keeps its escapes here and loses its quotes, as in Rails' tag helpers: it cannot leave the attribute. */
function printAttribute(value: unknown): string {
  if (typeof value === 'string') return escapeAttribute(value)
  if (isHtml(value)) return value[markup].replace(/["']/g, escapeOf)
  return printOther(value, printAttribute, escapeAttribute)
}

function printOther(value: unknown, each: (item: unknown) => string, escaped: (text: string) => string): string {
  if (value === null || value === undefined || typeof value === 'boolean') return ''
  if (typeof value === 'number') return String(value)
  if (isHtml(value)) return value[markup]
  if (Array.isArray(value)) {
    let out = ''
    for (const item of value) out += each(item)
    return out
  }
  refuseUnprintable(value)
  return escaped(String(value))
}

/** JSON without `</script`, `<!--`, line ends of JavaScript, and `&`, which is an escape in a script of SVG. */
function printScript(value: unknown): string {
  if (isHtml(value)) throw invalid('html`…` stands in a script', 'Print plain values there, or wrap code in raw()')
  refuseUnprintable(value)
  return (JSON.stringify(value) ?? 'null').replace(/[<>&\u2028\u2029]/g, unicodeEscapeOf)
}

function refuseUnprintable(value: unknown): void {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
    throw invalid('a promise cannot be printed', 'Await it first')
  }
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw invalid(`a ${typeof value} cannot be printed`, 'Print what it gives')
  }
}

function safeAddress(text: string): string {
  return scriptAddress.test(text) ? 'about:invalid' : text
}

/** Browsers skip control characters and spaces before a scheme, tabs and line ends within it. */
const scriptAddress = new RegExp(`^[\\0- ]*${[...'javascript'].join('[\\t\\n\\r]*')}[\\t\\n\\r]*:`, 'i')

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeOf(char: string): string {
  return escapes[char] as string
}

function unicodeEscapeOf(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// Most values hold nothing to escape: to look first is several times faster than to replace.
function escapeText(text: string): string {
  return /[&<>]/.test(text) ? text.replace(/[&<>]/g, escapeOf) : text
}

function escapeAttribute(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, escapeOf) : text
}

function invalid(reason: string, remedy: string): PatellaError {
  return new PatellaError('template_invalid', { reason, remedy })
}
