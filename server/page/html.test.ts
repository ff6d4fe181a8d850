import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { describe, expect, test } from 'vitest'
import { PatellaError } from '../../protocol/errors.ts'
import { Html, html, isHtml, raw } from './html.ts'

const evil = `<img src=x onerror="alert('1')">&amp;`

describe('in text', () => {
  test('values are escaped', () => {
    expect(String(html`<p>${evil}</p>`)).toBe(`<p>&lt;img src=x onerror="alert('1')"&gt;&amp;amp;</p>`)
  })

  test('numbers print; null, undefined and booleans do not', () => {
    const nothing = [null, undefined, true, false]
    expect(String(html`${0}|${-1.5}|${10n}|${Number.NaN}|${nothing}|${new URL('http://a.b/?c&d')}`)).toBe(
      '0|-1.5|10|NaN||http://a.b/?c&amp;d',
    )
  })

  test('markup passes, arrays are joined', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`)
    expect(String(html`<ul>${items}${[[raw('<hr>')], '&']}</ul>`)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li><hr>&amp;</ul>',
    )
  })

  test.each(['title', 'textarea'])('of a %s, look-alikes of tags are text', (name) => {
    const made =
      name === 'title' ? html`<title a=${1}><b x="</a>${evil}</title>` : html`<textarea><b ${evil}</textarea>`
    expect(String(made)).toContain('&lt;img')
  })
})

describe('in an attribute', () => {
  test('values are escaped, in either quotes', () => {
    expect(String(html`<a title="${evil}" alt='x ${evil}'>`)).toBe(
      '<a title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;" ' +
        "alt='x &lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;'>",
    )
  })

  test('without quotes, values get them, and may leave the attribute out', () => {
    const input = (value: unknown) => String(html`<input value=${value} disabled>`)
    expect(input('a b"')).toBe('<input value="a b&quot;" disabled>')
    expect(input(0)).toBe('<input value="0" disabled>')
    expect(input('')).toBe('<input value="" disabled>')
    expect(input(true)).toBe('<input value="" disabled>')
    for (const nothing of [false, null, undefined]) expect(input(nothing)).toBe('<input disabled>')
    expect(String(html`<p a = ${1}\n\tb=${false}\n c=${raw('&copy;')}/>${2}<br d=${3}>`)).toBe(
      '<p a="1"\n c="&copy;"/>2<br d="3">',
    )
  })

  test('booleans of aria attributes are words', () => {
    expect(String(html`<b aria-invalid=${true} aria-busy=${false} aria-label=${null}></b>`)).toBe(
      '<b aria-invalid="true" aria-busy="false"></b>',
    )
  })

  test('markup keeps its escapes and loses its quotes', () => {
    expect(String(html`<p title="${html`${'<'} "x"`}">`)).toBe('<p title="&lt; &quot;x&quot;">')
  })

  test.each(['javascript:alert(1)', ' \u0001JAVASCRIPT:x', 'java\nscript\t:x', 'j\ta\nv\ra script:x'.replace(' ', '')])(
    'an address with a script is none: %j',
    (address) => {
      expect(String(html`<a href="${address}">`)).toBe('<a href="about:invalid">')
      expect(String(html`<iframe src=${address}>`)).toBe('<iframe src="about:invalid">')
      expect(String(html`<a title="${address}">`)).not.toContain('about:')
      expect(String(html`<a href="${raw('javascript:void(0)')}">`)).toContain('void(0)')
    },
  )

  test('other addresses stay', () => {
    const query = new URLSearchParams({ a: '1', b: '2' })
    expect(String(html`<a href="/x?${query}">`)).toBe('<a href="/x?a=1&amp;b=2">')
    expect(String(html`<a href=${'/javascript:'}>`)).toBe('<a href="/javascript:">')
  })
})

describe('in a script', () => {
  test('values are JSON that cannot end it', () => {
    const value = { a: '</script><!--', b: '\u2028\u2029&', c: [1, null] }
    const page = String(html`<script>const a = ${value}, b = ${'x'}, c = ${undefined}, d = ${true}</script>`)
    expect(page).toBe(
      '<script>const a = {"a":"\\u003c/script\\u003e\\u003c!--","b":"\\u2028\\u2029\\u0026","c":[1,null]}, b = "x", c = null, d = true</script>',
    )
    expect(JSON.parse(/a = (.*), b/.exec(page)?.[1] ?? '')).toEqual(value)
  })

  test('JSON as a whole', () => {
    expect(String(html`<script type="application/json">${{ a: 1 }}</script>`)).toContain('{"a":1}')
  })

  test.each([
    ['a text', () => html`<script>const a = "${evil}"</script>`],
    ['a template', () => html`<script>const a = \`x ${evil}\`</script>`],
    ['a text behind others', () => html`<script>const a = 'it\\'s', b = "'", c = '${evil}'</script>`],
    ['a comment', () => html`<script>/* ${evil} */</script>`],
    [
      'a comment to the line end',
      () => html`<script>// ${evil}
      </script>`,
    ],
    ['markup', () => html`<script>${html`x`}</script>`],
  ])('%s is refused', (_name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'template_invalid' }))
  })

  test('texts and comments that are over are no matter', () => {
    const made = html`<script>/* it's */ const a = "'" // don't
      const b = ${1}</script>`
    expect(String(made)).toContain('const b = 1')
  })
})

describe('where nothing can be escaped', () => {
  const places: Record<string, (value: unknown) => Html> = {
    'a style': (value) => html`<style>a { color: ${value} }</style>`,
    'a comment': (value) => html`<!-- ${value} -->`,
    'a doctype': (value) => html`<!doctype ${value}>`,
    "a tag's name": (value) => html`<${value}>`,
    "part of a tag's name": (value) => html`<h${value}></h${value}>`,
    "an attribute's name": (value) => html`<p ${value}>`,
    "part of an attribute's name": (value) => html`<p data-${value}="x">`,
    'an unquoted attribute': (value) => html`<p class=a${value}>`,
    'an unquoted attribute in two values': (value) => html`<p class=${value}${value}>`,
    'an event handler': (value) => html`<p onclick="f(${value})">`,
    'an event handler without quotes': (value) => html`<p onclick=${value}>`,
    srcdoc: (value) => html`<iframe srcdoc="${value}">`,
    'a javascript: address': (value) => html`<a href="javascript:f(${value})">`,
    'an unquoted attribute, a no-break space before the value': (value) => html`<p class=a\u00a0b="${value}">`,
    'an address behind another value': (value) => html`<a href="${value}${value}">`,
  }

  test.each(Object.entries(places))('a value is refused: %s', (_name, make) => {
    expect(() => make('x')).toThrow(PatellaError)
    expect(() => make('x')).toThrow(/html`…`: a value stands in .*\. .+raw\(\)/)
    expect(() => make(html`x`)).toThrow(PatellaError)
    expect(String(make(raw('h1')))).toContain('h1')
  })

  test.each([
    ['a tag', () => html`<p`],
    ['an attribute', () => html`<p class="x`],
    ['a comment', () => html`<!-- x`],
    ['a script', () => html`<script>x`],
  ])('a template that ends inside %s is refused', (_name, make) => {
    expect(make).toThrow(/ends inside/)
  })

  test.each([
    ['a promise', Promise.resolve('x'), /promise.*Await/],
    ['a function', () => 'x', /function/],
    ['a symbol', Symbol('x'), /symbol/],
  ])('%s is refused everywhere', (_name, value, message) => {
    expect(() => html`<p>${value}</p>`).toThrow(message)
    expect(() => html`<p title="${[value]}">`).toThrow(message)
    expect(() => html`<p title=${value}>`).toThrow(message)
    expect(() => html`<script>${value}</script>`).toThrow(message)
  })
})

describe('markup', () => {
  test('is known from another copy of the package, and not from JSON', () => {
    const other = { [Symbol.for('patella.html')]: '<b>', [Symbol.for('patella.raw')]: false }
    expect(isHtml(other)).toBe(true)
    expect(String(html`${other}`)).toBe('<b>')
    expect(isHtml(JSON.parse(JSON.stringify({ isEscaped: true, value: '<b>' })))).toBe(false)
    expect(isHtml('<b>')).toBe(false)
  })

  test('is its text as a string and in JSON', () => {
    expect(`${html`<b>`}`).toBe('<b>')
    expect(JSON.stringify({ a: html`<b>` })).toBe('{"a":"<b>"}')
    expect(html`<b>`).toBeInstanceOf(Html)
  })
})

test('whatever is printed, the page has the elements of its template and no other', () => {
  const render = (value: string) => {
    const page = html`<!doctype html><title>${value}</title><a href="${value}" title='${value}' data-x=${value}>${value}</a
      ><script>const x = ${value}; let y = [${value}]</script><textarea>${value}</textarea><p class="a ${value} b">${value}`
    return elementsOf(parse(String(page)))
  }
  const shape = render('x')
  const nasty = fc.array(
    fc.constantFrom(...'<>"\'&`=/!- \n\t\\;', '</', '<!--', '-->', 'script', 'title', 'textarea', '${', 'on', 'x'),
  )
  fc.assert(
    fc.property(nasty, (pieces) => {
      expect(render(pieces.join(''))).toEqual(shape)
    }),
    { numRuns: 1_000, seed: 1 },
  )
})

/** Names of elements and attributes, as they nest. */
function elementsOf(node: DefaultTreeAdapterTypes.Node): unknown[] {
  const children = 'childNodes' in node ? node.childNodes.filter((child) => 'tagName' in child) : []
  return children.map((child) => [child.tagName, child.attrs.map(({ name }) => name), elementsOf(child)])
}
