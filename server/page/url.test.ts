import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pagePath } from './url.ts'

const limit = 200

test.each([
  // another origin
  'http://evil.example/',
  'https://evil.example',
  'HTTP://app.example/',
  '//evil.example',
  '//evil.example/path',
  '///evil.example',
  '////evil.example/..',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e%2e//evil.example',
  'evil.example',
  '@evil.example',
  ':80/x',
  '.evil.example',
  // backslashes, which URL parsers read as slashes
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  'http:/\\evil.example',
  '/a\\b',
  '/..\\..\\evil.example',
  // other schemes
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/html,x',
  'blob:http://a/b',
  'about:blank',
  'ws://app.example/',
  // characters that parsers drop or that split a request
  '/\t/evil.example',
  '\t/a',
  '/a\nb',
  '/a\r\nhost: evil.example',
  '/a b',
  ' /a',
  '/a ',
  '/\0',
  '/\x7f',
  '/a\u2028',
  '/\u00fc',
  '/\uff0fevil.example',
  '/\u3002',
  '/\ud83d',
  // no path at all
  '',
  '?a=1',
  '#a',
  'a/b',
  '../a',
  `/${'a'.repeat(limit)}`,
  // grows past the limit where a browser would escape it
  `/${'"'.repeat(limit / 2)}`,
])('refused: %j', (url) => expect(pagePath(url, limit)).toBeUndefined())

test.each([undefined, null, 1, true, ['/a'], { toString: () => '/a' }, new URL('http://a/b')])(
  'refused, for it is no text: %j',
  (url) => expect(pagePath(url, limit)).toBeUndefined(),
)

test.each([
  ['/', '/'],
  ['/a/b?c=d&e', '/a/b?c=d&e'],
  ['/a#b?c', '/a'],
  ['/a?b#c', '/a?b'],
  ['/a/../b', '/b'],
  ['/../../a', '/a'],
  ['/a/%2e%2E/b', '/b'],
  ['/a/./b/.', '/a/b/'],
  ['/a//b', '/a//b'],
  ['/a%2fb%5c%00', '/a%2fb%5c%00'],
  ['/a;b=c@d:80', '/a;b=c@d:80'],
  ['/A/b', '/A/b'],
  ['/%zz', '/%zz'],
  ['/a?http://evil.example//x', '/a?http://evil.example//x'],
  ['/a?../b', '/a?../b'],
  ['/a"<>`', '/a%22%3C%3E%60'],
  ['/a?"\'<>', '/a?%22%27%3C%3E'],
  [`/${'a'.repeat(limit - 1)}`, `/${'a'.repeat(limit - 1)}`],
])('accepted: %j', (url, path) => expect(pagePath(url, limit)).toBe(path))

test('what is accepted is a path of whatever origin it is asked of, as it stands', () => {
  const text = fc
    .array(fc.constantFrom(...'/\\.?#@:;%2e5cab \t"é'), { maxLength: 12 })
    .map((chars) => `/${chars.join('')}`)
  const property = fc.property(fc.oneof(text, fc.webUrl(), fc.string()), (url) => {
    const path = pagePath(url, limit)
    if (path === undefined) return
    expect(new URL(path, 'https://app.example:81').href).toBe(`https://app.example:81${path}`)
    expect(pagePath(path, limit)).toBe(path)
  })
  fc.assert(property, { numRuns: 5_000, seed: 1 })
})
