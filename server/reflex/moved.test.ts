import { expect, test } from 'vitest'
import type { Operation } from '../../protocol/operations.ts'
import type { Caller } from './caller.ts'
import { urlAfter } from './moved.ts'

const caller = { scheme: 'http', host: 'app.test:3000', url: '/list?page=2' } as Caller
const push = (url: string): Operation => ['pushState', { url }]

test('the address stays without an operation that moves it', () => {
  expect(urlAfter(caller)).toBe('/list?page=2')
  expect(urlAfter(caller, [['setTitle', { title: '/other' }]])).toBe('/list?page=2')
})

test('pushState and replaceState move it, one after the other, as a browser resolves them', () => {
  expect(urlAfter(caller, [push('?page=3')])).toBe('/list?page=3')
  expect(urlAfter(caller, [push('/a/b'), ['replaceState', { url: '../c?q=1#there' }]])).toBe('/c?q=1')
  expect(urlAfter(caller, [push('http://app.test:3000/x')])).toBe('/x')
})

test('what a browser refuses, or what is no path of this origin, moves nothing', () => {
  for (const url of ['http://other.test/', '//other.test/x', 'javascript:alert(1)', 'http://', '/.//other.test']) {
    expect(urlAfter(caller, [push(url)])).toBe('/list?page=2')
  }
})
