import { expect, test } from 'vitest'
import { createSealer, createSigner, equal } from './seal.ts'

test('a signature holds for its text, purpose and secret alone', () => {
  const signer = createSigner(['one'], 'cookie')
  const signature = signer.sign('text')
  expect(signature).toMatch(/^[\w-]{43}$/)
  expect(signer.verify('text', signature)).toBe(true)
  expect(signer.verify('other', signature)).toBe(false)
  expect(createSigner(['one'], 'other').verify('text', signature)).toBe(false)
  expect(createSigner(['two'], 'cookie').verify('text', signature)).toBe(false)
  for (const wrong of ['', 'x', `${signature}=`, signature.slice(1)]) expect(signer.verify('text', wrong)).toBe(false)
})

test('what is sealed opens in its context, under any of the secrets, unaltered', () => {
  const sealed = createSealer(['one'], 'hand-off').seal('säcret', 'context')
  expect(sealed).not.toContain('cret')
  expect(createSealer(['two', 'one'], 'hand-off').open(sealed, 'context')).toBe('säcret')
  expect(createSealer(['two'], 'hand-off').open(sealed, 'context')).toBeUndefined()
  expect(createSealer(['one'], 'other').open(sealed, 'context')).toBeUndefined()

  const sealer = createSealer(['one'], 'hand-off')
  expect(sealer.open(sealed, 'other')).toBeUndefined()
  expect(sealer.seal('säcret', 'context')).not.toBe(sealed)
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes)
    altered[at] = (altered[at] as number) ^ 1
    expect(sealer.open(altered.toString('base64url'), 'context')).toBeUndefined()
    expect(sealer.open(bytes.subarray(0, at).toString('base64url'), 'context')).toBeUndefined()
  }
})

test('texts of different lengths are compared without an error', () => {
  expect(equal('a', 'a')).toBe(true)
  expect(equal('a', 'b')).toBe(false)
  expect(equal('a', 'é')).toBe(false)
  expect(equal('', 'a')).toBe(false)
})
