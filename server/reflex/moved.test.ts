import { expect, test } from 'vitest'
import type { Operation } from '../../protocol/operations.ts'
import type { Visitor } from './caller.ts'
import { urlAfter } from './moved.ts'

const visitor = { scheme: 'http', host: 'app.test:3000' } as Visitor
const after = (...operations: Operation[]) => urlAfter(visitor, '/list?page=2', operations)
const push = (url: string): Operation => ['pushState', { url }]

test('the address stays without an operation that moves it', () => {
  expect(urlAfter(visitor, '/list?page=2')).toBe('/list?page=2')
  expect(after(['setTitle', { title: '/other' }])).toBe('/list?page=2')
})

test('pushState and replaceState move it, one after the other, as a browser resolves them', () => {
  expect(after(push('?page=3'))).toBe('/list?page=3')
  expect(after(push('/a/b'), ['replaceState', { url: '../c?q=1#there' }])).toBe('/c?q=1')
  expect(after(push('http://app.test:3000/x'))).toBe('/x')
})

test('what a browser refuses, or what is no path of this origin, moves nothing', () => {
  for (const url of ['http://other.test/', '//other.test/x', 'javascript:alert(1)', 'http://', '/.//other.test']) {
    expect(after(push(url))).toBe('/list?page=2')
  }
})
