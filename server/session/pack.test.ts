import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacker } from './pack.ts'

test('any text comes back, and either packer reads what the other wrote', () => {
  const [plain, packed] = [createPacker(false), createPacker(0)]
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000 }), (text) => {
      for (const one of [plain, packed])
        for (const other of [plain, packed]) expect(other.unpack(one.pack(text))).toBe(text)
    }),
  )
})

test('true deflates from 1,024 characters on, a number from there on, and nothing that would get longer', () => {
  const lengthOf = (compress: boolean | number, text: string) => createPacker(compress).pack(text).length
  expect(lengthOf(true, 'x'.repeat(1_023))).toBe(1_023)
  expect(lengthOf(true, 'x'.repeat(1_024))).toBeLessThan(60)
  expect(lengthOf(100, 'x'.repeat(100))).toBeLessThan(60)
  expect(lengthOf(false, 'x'.repeat(100_000))).toBe(100_000)
  expect(createPacker(0).pack('short')).toBe('short')
})

test.each(['patella 1z ', 'patella 1z !!', 'patella 1z AAAA'])('%j cannot be read', (body) => {
  expect(createPacker(false).unpack(body)).toBeUndefined()
})

test('a body that would inflate without end cannot be read', () => {
  const bomb = `patella 1z ${deflateRawSync(Buffer.alloc(20_000_000)).toString('base64')}`
  expect(createPacker(true).unpack(bomb)).toBeUndefined()
})

test.each([-1, Number.NaN, '1k', null])('compress: %j is refused', (compress) => {
  expect(() => createPacker(compress as number)).toThrow('session.compress')
})
