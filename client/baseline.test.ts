import { expect, test } from 'vitest'
import { checksum } from '../protocol/delta.ts'
import { createBaselines } from './baseline.ts'

const html = (count: number) => `<p>Count: ${count}</p>`
const delta = (back: number, count: number, index = 0) => [index, back, `KB${count}CA`, checksum(html(count))] as const

test('a delta is read against the text that it names, and is then one itself', () => {
  const { read } = createBaselines()
  expect(read(1, [['main', html(1)]])).toEqual([['main', html(1)]])
  expect(read(2, [delta(1, 2)])).toEqual([['main', html(2)]])
  expect(read(5, [delta(3, 3)])).toEqual([['main', html(3)]])
  expect(read(6, [delta(5, 4)])).toEqual([['main', html(4)]])
})

test('one against a text that is not here, or of which another text comes, cannot be read, and nothing is kept of it', () => {
  const { read } = createBaselines()
  expect(read(1, [delta(1, 2)])).toBeUndefined()
  read(2, [['main', html(1)]])
  expect(read(3, [[0, 1, 'KB2CA', checksum(html(3))]])).toBeUndefined()
  expect(read(4, [delta(1, 2)])).toBeUndefined()
  expect(read(4, [delta(2, 2)])).toEqual([['main', html(2)]])
})

test('the last four texts of each root are kept', () => {
  const { read } = createBaselines()
  read(1, [['other', html(0)]])
  for (let n = 2; n <= 6; n++) read(n, [['main', html(n)]])
  expect(read(7, [delta(5, 9)])).toBeUndefined()
  expect(read(7, [delta(4, 9)])).toEqual([['main', html(9)]])
  expect(read(8, [delta(7, 9)])).toEqual([['other', html(9)]])
})

test('long texts push out old ones, and never the last', () => {
  const { read } = createBaselines()
  const long = 'x'.repeat(1_200_000)
  read(1, [['a', long]])
  read(2, [['b', `${long}y`]])
  expect(read(3, [[0, 2, '', checksum(long)]])).toBeUndefined()
  expect(read(3, [[0, 1, '', checksum(`${long}y`)]])).toEqual([['b', `${long}y`]])
})

test('another connection begins with none', () => {
  const { read, forget } = createBaselines()
  read(1, [['main', html(1)]])
  forget()
  expect(read(2, [delta(1, 2)])).toBeUndefined()
})
