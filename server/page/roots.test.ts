import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parse, parseFragment, serialize, serializeOuter } from 'parse5'
import { describe, expect, test } from 'vitest'
import { cutRoots } from './roots.ts'

type Node = DefaultTreeAdapterTypes.Node
type Tree = DefaultTreeAdapterTypes.Element

/** The same pages in each run, and more of them in the long one. */
const runs = { numRuns: process.env.PATELLA_FULL ? 200_000 : 3_000, seed: 1 }

/** Pages of which each root, cut out, must parse to what a browser has in its place. */
const pages: Record<string, string> = {
  plain: '<!doctype html><title>x</title><body><main id="a" data-reflex-root><p>hi</p></main><footer>x</footer>',
  'two roots': '<div id=a data-reflex-root>1</div><p>-<div id=b data-reflex-root>2</div>',
  'a root in a root': '<div id=a data-reflex-root><div id=b data-reflex-root>2</div></div><i>x</i>',
  'same name within': '<div id=a data-reflex-root><div><div></div>x</div>y</div>z',
  'void elements': '<div id=a data-reflex-root><br><img src=x><input><hr/></div>z',
  'a void root': '<div><input id=a data-reflex-root value=1>z</div>',
  'self-closed, which HTML ignores': '<div id=a data-reflex-root><div/>x</div>y</div>z',
  script: '<div id=a data-reflex-root><script>"</div><div>"</script></div>z',
  'script in a comment in a script':
    '<div id=a data-reflex-root><script><!--<script></script></div>--></script></div>z',
  'script with an empty comment': '<div id=a data-reflex-root><script><!--><script></script>y</div>z',
  'script with another name behind': '<div id=a data-reflex-root><script></scripted></div></script></div>z',
  'raw text': `<div id=a data-reflex-root>${[
    'style',
    'textarea',
    'title',
    'xmp',
    'iframe',
    'noembed',
    'noframes',
    'noscript',
  ]
    .map((name) => `<${name}></div><!-- </${name} >`)
    .join('')}</div>z`,
  plaintext: '<div id=a data-reflex-root><plaintext></div>z</plaintext>',
  'a form in SVG': '<svg><form><rtc id=a data-reflex-root></form>z</svg>',
  comments: '<div id=a data-reflex-root><!-- </div> --><!--></div>--><p>y</div>z',
  'comments that end oddly': '<div id=a data-reflex-root><!-- --!><b>1</b><!---><b>2</b><!-- <!-- --></div>z-->',
  'bogus comments': '<div id=a data-reflex-root><!x </div><?php "</div>" ?></ </div></></div>z',
  'a comparison': '<div id=a data-reflex-root>1 < 2 <3 <=4 </div>z',
  'look-alikes in attributes': `<div id=a data-reflex-root><p title="</div>" alt='<div>' lang=</div>x</div>z`,
  'quotes where none belong': `<div id=a data-reflex-root><p it's a"b=c'd e="f'>x</p></div>z"'>`,
  'no space between attributes': '<div id="a"data-reflex-root class=""><p a="1"b=2></div>z',
  'an equals sign first': `<div id=a data-reflex-root><p ="><div>"></div></div>z`,
  'upper case': '<DIV ID=a DATA-REFLEX-ROOT><Div></DIV></dIV>z',
  'attributes twice': '<div id=a id=b data-reflex-root>x</div>z',
  'escapes in an id': '<div id="a&amp;b&#39;&#x63;&eacute;" data-reflex-root>x</div>z',
  'white space everywhere': '<div\n\tid = "a"\f data-reflex-root\r\n>x</div\n>z',
  'unclosed paragraphs': '<!doctype html><div id=a data-reflex-root><p>1<p>2<div>3</div><p>4</div>z',
  'a paragraph ended by a block': '<!doctype html><p id=a data-reflex-root>1<ul><li>2</ul>z',
  'a paragraph ended by its parent': '<div><p id=a data-reflex-root>1</div>z',
  'a paragraph around a table': '<!doctype html><p id=a data-reflex-root>1<table></table>z',
  'a paragraph in a button': '<p id=a data-reflex-root><button><div>x</div></button>z</p>y',
  items: '<ul><li id=a data-reflex-root>1<ul><li>2<li>3</ul><li id=b data-reflex-root>4</ul>z',
  'an item around a block': '<ul><li id=a data-reflex-root><div>1<li>2</ul>z',
  definitions: '<dl><dt id=a data-reflex-root>1<dd id=b data-reflex-root>2<dt>3</dl>z',
  options: '<select><optgroup id=a data-reflex-root><option>1<option>2<optgroup><option>3</select>z',
  rows: '<table><tr id=a data-reflex-root><td>1<td>2<tr><td>3</table>z',
  cells: '<table><tr><td id=a data-reflex-root>1<th id=b data-reflex-root>2<tr><td>3</table>z',
  sections: '<table><thead id=a data-reflex-root><tr><td>1<tbody id=b data-reflex-root><tr><td>2<tfoot><tr></table>z',
  'a table in a cell': '<table><tr id=a data-reflex-root><td><table><tr><td>1</table><td>2<tr><td>3</table>z',
  'cells with nothing but text':
    '<table id=a data-reflex-root><tr><td>1</td> <th class="x">2</th><td>3</td></tr></table>z',
  'a stray end tag in a cell': '<div id=a data-reflex-root><table><tr><td></div>x</td></tr></table>y</div>z',
  'stray end tags': '<div id=a data-reflex-root></p></span></section></td></li></h2></div>z',
  'an end tag of the parent': '<section><div id=a data-reflex-root><b>x</b></section>z',
  'crossed end tags': '<div id=a data-reflex-root><section><article></section>x</article></div>z',
  headings: '<h1 id=a data-reflex-root>1<h2 id=b data-reflex-root>2</h3>z',
  ruby: '<ruby id=a data-reflex-root>1<rp>(<rt>2<rp>)<rtc>3<rt>4</ruby>z',
  buttons: '<button id=a data-reflex-root>1<button id=b data-reflex-root>2</button>z',
  links: '<div id=a data-reflex-root><a>1<a>2</a></div>z',
  forms: '<form id=a data-reflex-root><p>1<form>2</form>z',
  'custom elements': '<x-y id=a data-reflex-root><x-y></x-y>1</x-y>z',
  svg: '<div id=a data-reflex-root><svg><title></div></title><path/><style><g></style></svg></div>z',
  'an svg root': '<svg id=a data-reflex-root><g/><![CDATA[ </svg> ]]></svg>z',
  'html in svg': '<div id=a data-reflex-root><svg><foreignObject><div></svg></div>y</div>z',
  'html that ends svg': '<div id=a data-reflex-root><svg><g><div>x</div></svg></div>z',
  math: '<div id=a data-reflex-root><math><mi><p>x</mi><mo/></math></div>z',
  'a template':
    '<template><div id=t data-reflex-root></div></template><div id=a data-reflex-root><template></div></template>x</div>z',
  'a root with a template': '<div id=a data-reflex-root><template><td>1<td>2</template></div>z',
  'unclosed at the end': '<div id=a data-reflex-root><p>x',
  'content after the body': '<body>x</body></html><div id=a data-reflex-root>y</div>',
  'formatting around blocks': '<b><div id=a data-reflex-root>x</div></b>z',
}

describe('the roots of a page', () => {
  test.each(Object.entries(pages))('%s', (_name, page) => {
    const roots = rootsOf(page)
    expect(roots.length).toBeGreaterThan(0)
    expect(cutRoots(page).roots).toEqual(roots.map(({ id, html }) => ({ id, html })))
    for (const { html, element } of roots) expect(serialize(parseFragment(html))).toBe(serializeOuter(element))
  })

  test('are cut where a browser begins and ends them, in any soup of tags', () => {
    const property = fc.property(soup, (page) => {
      const roots = rootsOf(page).map(({ id, html }) => ({ id, html }))
      expect(cutRoots(page).roots.filter(({ id }) => id !== '')).toEqual(roots)
    })
    fc.assert(property, runs)
  })

  test('a paragraph around a table, without a doctype', () => {
    const root = '<p id=a data-reflex-root>1<table></table>2</p>'
    expect(cutRoots(`${root}3</p>`).roots).toEqual([{ id: 'a', html: root }])
  })

  test('share no id: the first is taken, and nothing in the second', () => {
    const first = '<p id="a" data-reflex-root>1</p>'
    const second = '<div id="a" data-reflex-root><p id="b" data-reflex-root>2</p></div>'
    expect(cutRoots(first + second).roots).toEqual([{ id: 'a', html: first }])
  })

  test('are not elements whose own reflex is narrowed to others', () => {
    const page =
      '<button id=sort data-reflex="board#sort" data-reflex-root="#a #b"></button><div id=a data-reflex-root>1</div>'
    expect(cutRoots(page).roots).toEqual([{ id: 'a', html: '<div id=a data-reflex-root>1</div>' }])
  })

  test('are cut right however deep their elements nest', () => {
    const deep = `<main id=a data-reflex-root>${'<div>'.repeat(3_000)}x${'</div>'.repeat(3_000)}</main>`
    expect(cutRoots(`${deep}<p>z`).roots).toEqual([{ id: 'a', html: deep }])
  })

  test('may be the body itself', () => {
    const page = '<body id="app" data-reflex-root><main id="a" data-reflex-root>x</main></body>'
    expect(cutRoots(page).roots).toEqual([{ id: 'app', html: page }])
    expect(cutRoots(page, ['app'])).toMatchObject({ roots: [{ id: 'app', html: page }], missing: [] })
  })
})

describe('wanted roots', () => {
  const page = '<main id="a" data-reflex-root><ul id="b"><li id="c">1</ul><i id="d">2</i></main><b id="e">3</b>'

  test('are any elements with these ids', () => {
    expect(cutRoots(page, ['e', 'b'])).toEqual({
      title: undefined,
      roots: [
        { id: 'b', html: '<ul id="b"><li id="c">1</ul>' },
        { id: 'e', html: '<b id="e">3</b>' },
      ],
      missing: [],
    })
  })

  test('come once: one within another is part of it', () => {
    expect(cutRoots(page, ['c', 'b']).roots.map(({ id }) => id)).toEqual(['b'])
    expect(cutRoots(page, ['c', 'b']).missing).toEqual([])
  })

  test('that are not there are named, and the body does not stand in for them', () => {
    expect(cutRoots(page, ['x', 'c', 'y'])).toMatchObject({ roots: [{ id: 'c' }], missing: ['x', 'y'] })
    expect(cutRoots('<template><p id="x"></p></template><!-- <p id="x"> -->', ['x'])).toMatchObject({
      roots: [],
      missing: ['x'],
    })
  })

  test('may follow one another without an end tag', () => {
    const items = cutRoots('<ul><li id=a>1<li id=b>2</ul>', ['a', 'b']).roots
    expect(items.map(({ html }) => html)).toEqual(['<li id=a>1', '<li id=b>2'])
  })
})

describe('the body, when there is no root', () => {
  test.each([
    ['written out', '<!doctype html><html><head></head><body class="x" data-y=\'>\'>\n<p>x</p>\n</body>\n</html>\n'],
    ['without any tag of its own', '<p>x</p>'],
    [
      'behind a head without tags',
      '<!doctype html><title>x</title>\n<link rel=a><script>"<p>"</script>\n<main>x</main>',
    ],
    ['behind a template', '<template><p>x</template><p>y'],
    ['that begins with text', '<head><meta charset=utf-8></head>\n text <b>x</b>'],
    ['that begins with an end tag', '<title>x</title></p></head></br>y'],
    ['with things behind it', '<body>x</body><p>y</p></html><!-- z --><script>1</script>\n'],
    ['with a look-alike of its end', '<body>x<script>"</body>"</script><!-- </body> -->y</body>'],
    ['with comments before it', '<!-- <body> --><!doctype html><!-- a --><html lang=en><!-- b --><body>x'],
    ['unclosed', '<html><head><title>x</title><body><div><p>x'],
    ['empty', ''],
    ['blank', ' \n '],
    ['of a page that ends in a tag', '<p>x</p><p cla'],
  ])('%s', (_name, page) => {
    const [{ id, html } = { id: '?', html: '' }, ...rest] = cutRoots(page).roots
    expect([id, rest]).toEqual(['', []])
    expect(html).toMatch(/^<body.*<\/body>$/s)
    expect(bodyText(html)).toBe(bodyText(page))
  })

  test('in any soup of tags', () => {
    const property = fc.property(soup, (page) => {
      const unmarked = page.replaceAll(/data-reflex-root/gi, '')
      expect(bodyText(`<!doctype html>${cutRoots(unmarked).roots[0]?.html}`)).toBe(bodyText(unmarked))
    })
    fc.assert(property, runs)
  })
})

describe('the title', () => {
  test.each([
    ['<title>A</title><title>B</title>', 'A'],
    ['<head><title lang=en>\n  A \t B\n</title></head>', 'A B'],
    ['<title>&lt;b&gt; &amp;amp; &#39;&#x1F600;&quot; Caf&eacute; &mdash;&nbsp;x &#128; &#0; &nope; &</title>', null],
    ['<title><b>x</b><!-- y --></title>', '<b>x</b><!-- y -->'],
    ['<svg><title>A</title></svg><title>B</title>', 'B'],
    ['<template><title>A</title></template><p><TITLE>B</TITLE>', 'B'],
    ['<script>"<title>A</title>"</script><!-- <title>B</title> --><title>C</title>', 'C'],
    ['<title></title>', ''],
    ['<p>x', undefined],
  ])('%s', (page, title) => {
    expect(cutRoots(page).title).toBe(title === null ? '<b> &amp; \'😀" Café —\u00a0x € \ufffd &nope; &' : title)
  })
})

/**
 * Tags in any order. Left out: formatting that is closed across blocks, which is out of a cutter's reach, and selects,
 * in which parse5 drops what browsers keep by now. The page
 * has an end, for what the end of the text cuts off parse5 gives a place of its own; no table in a template in a
 * table, out of which it moves things; and no form in a table, with which what stands between its parts is moved.
 */
const names =
  `div section p li ul ol dl dt dd table tbody tr td th caption colgroup col button h1 h2 span x-y br img input template
  svg foreignObject path ruby rt rp rb rtc form object hr main pre article head`.split(/\s+/)
const attributes = ['', '', ' id=a data-reflex-root', ' id=b data-reflex-root', ' title="</div>"', " alt='<p>'"]
const soup = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...names).chain(tagOf) },
      fc.constantFrom('x', ' ', '<!-- </div> <div> -->', '<!-->', '</ >', '<', '<![CDATA[ <div> ]]>'),
      fc.constantFrom('script', 'style', 'textarea', 'title', 'noscript').map((name) => `<${name}><p></div></${name}>`),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => `<!doctype html>${pieces.join('')} <!---->`)
  .filter((page) => !/<table.*<(?:template.*<table|form)/s.test(page))

function tagOf(name: string): fc.Arbitrary<string> {
  const plain = /^(?:template|form|colgroup|head)$/.test(name)
  const attribute = plain ? fc.constant('') : fc.constantFrom(...attributes)
  const start = fc.tuple(attribute, fc.constantFrom('', '', '/')).map(([text, slash]) => `<${name}${text}${slash}>`)
  return fc.oneof(start, fc.constant(`</${name}>`))
}

/** The roots that a browser has in the page's body, the outermost in the text, with their text and their tree. */
function rootsOf(page: string): { id: string; html: string; element: Tree }[] {
  const marked = descendants(bodyOf(page))
    .map((element) => ({ element, id: attributeOf(element, 'id') ?? '', ...extentOf(element) }))
    .filter(({ element, id }) => id !== '' && attributeOf(element, 'data-reflex-root') !== undefined)
    .sort((one, other) => one.start - other.start)
  const ends = new Map<string, number>()
  let end = 0
  return marked.flatMap(({ element, id, ...extent }) => {
    if (extent.start < end) return []
    end = extent.end
    if (ends.has(id)) return []
    ends.set(id, end)
    return [{ id, html: page.slice(extent.start, extent.end), element }]
  })
}

function bodyOf(page: string): Tree | undefined {
  const html = parse(page, { sourceCodeLocationInfo: true }).childNodes.find((node) => node.nodeName === 'html') as Tree
  return html.childNodes.find((node) => node.nodeName === 'body') as Tree | undefined
}

function bodyText(page: string): string {
  const body = bodyOf(page)
  return body ? serializeOuter(body) : ''
}

function descendants(node: Node | undefined): Tree[] {
  const children = node && 'childNodes' in node ? node.childNodes : []
  return children.flatMap((child) => ('tagName' in child ? [child, ...descendants(child)] : []))
}

function attributeOf(element: Tree, name: string): string | undefined {
  return element.attrs.find((attribute) => attribute.name === name)?.value
}

function extentOf({ sourceCodeLocation }: Tree): { start: number; end: number } {
  return { start: sourceCodeLocation?.startOffset ?? 0, end: sourceCodeLocation?.endOffset ?? 0 }
}
