import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash as hashOnce,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** Signs texts with the first secret; accepts the signature of any. */
export interface Signer {
  /** HMAC-SHA256, 43 base64url characters. */
  sign(text: string): string
  verify(text: string, signature: string): boolean
}

/** Encrypts texts under the first secret; opens those of any. */
export interface Sealer {
  /** AES-256-GCM. What was sealed opens only with the same `context`. */
  seal(text: string, context: string): string
  /** `undefined` when it was altered, or sealed for another context or under another secret. */
  open(sealed: string, context: string): string | undefined
}

export function createSigner(secrets: readonly string[], purpose: string): Signer {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  const signWith = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest('base64url')
  return {
    sign: (text) => signWith(keys[0] as Buffer, text),
    verify: (text, signature) => keys.some((key) => equal(signWith(key, text), signature)),
  }
}

export function createSealer(secrets: readonly string[], purpose: string): Sealer {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  return {
    seal(text, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keys[0] as Buffer, nonce).setAAD(Buffer.from(context))
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < 28) return undefined
      for (const key of keys) {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-16))
        try {
          return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
        } catch {
          // Another secret's, or altered.
        }
      }
      return undefined
    },
  }
}

/** Compares the characters, not what they decode to: a base64 text has other spellings. Takes the same time for any of one length. */
export function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** SHA-256, 43 base64url characters. */
export function hash(text: string): string {
  return hashOnce('sha256', text, 'base64url')
}

/** Random base64url characters from so many bytes. */
export function randomId(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/** A key of its own for each purpose, so that what was made for one is worth nothing for another (RFC 5869). */
function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `patella ${purpose}`, 32))
}
