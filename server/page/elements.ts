/** What tree construction (HTML Standard, 13.2.6) makes of an element's tags, as far as nesting goes. */
export interface ElementType {
  readonly name: string
  /** Has no content and no end tag. */
  readonly void?: boolean
  /** Its content is text, tags and all. */
  readonly raw?: boolean
  /** Its start tag ends an open paragraph. */
  readonly endsParagraph?: boolean
  /** The end tag of an ordinary element does not reach past it. */
  readonly special?: boolean
  /** Its own end tag reaches past special elements, up to a boundary. */
  readonly block?: boolean
  /** No end tag from within reaches past it. */
  readonly boundary?: boolean
  /** Its end tag leaves open the special elements that stand in it. */
  readonly formatting?: boolean
  readonly heading?: boolean
  /** Is nothing outside a table. */
  readonly tablePart?: boolean
  readonly section?: boolean
  /** A start tag that the document has had already, written or not. */
  readonly ignored?: boolean
  /** Of SVG or MathML. */
  readonly foreign?: boolean
  /** Foreign itself, with HTML in it again. */
  readonly integration?: boolean
}

const blocks = `address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer
  header hgroup listing main menu nav ol pre search section summary ul`
const headings = 'h1 h2 h3 h4 h5 h6'
const others = 'dd dt form li p'
const raws = 'iframe noembed noframes noscript plaintext script style textarea title xmp'
const tableParts = 'caption col colgroup tbody td tfoot th thead tr'
const voids = `area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr`

const traits = {
  void: voids,
  raw: raws,
  endsParagraph: `${blocks} ${headings} ${others} hr plaintext table xmp`,
  special: `${blocks} ${headings} ${others} ${raws} ${tableParts} ${voids} applet button marquee object select table template`,
  block: `${blocks} ${headings} ${others} applet button marquee object select`,
  boundary: 'applet caption marquee object table td template th',
  formatting: 'a b big code em font i nobr s small strike strong tt u',
  heading: headings,
  tablePart: tableParts,
  section: 'tbody tfoot thead',
  ignored: 'body frameset head html',
  foreign: 'math svg',
}

const known = new Map<string, ElementType>()
for (const [trait, names] of Object.entries(traits)) {
  for (const name of names.split(/\s+/)) known.set(name, { ...known.get(name), name, [trait]: true })
}

/** The HTML element type of a name, written in any case. */
export function typeOf(name: string): ElementType {
  const type = known.get(name)
  if (type) return type
  const lower = name.toLowerCase()
  return known.get(lower) ?? { name: lower }
}

const integrations = new Set('desc foreignobject mi mn mo ms mtext title'.split(' '))

/** Elements of SVG and MathML go by names of their own: their `a` and `title` are not HTML's. */
export function foreignName(name: string): string {
  return `foreign ${name}`
}

export function foreignTypeOf(name: string): ElementType {
  const integration = integrations.has(name)
  return { name: foreignName(name), foreign: true, integration, boundary: integration, special: integration }
}

/** Start tags that end SVG and MathML where they stand in it. */
export const breakouts = new Set(
  `b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr
  ol p pre ruby s small span strong strike sub sup table tt u ul var`.split(/\s+/),
)

/** Elements whose end tag may be left out, so that ruby parts and others end them. */
export const implied = new Set('dd dt li optgroup option p rb rp rt rtc'.split(' '))
