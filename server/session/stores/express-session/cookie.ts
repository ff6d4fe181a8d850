import { createHmac } from 'node:crypto'
import { equal } from '../../seal.ts'
import type { ForeignIds } from '../../store.ts'

/**
 * The cookie of express-session, `s:<id>.<signature>`, and of @fastify/session, the same without prefix: HMAC-SHA256 of the
 * id in base64 without its `=`, as the package `cookie-signature` makes it.
 */
export function createForeignIds(options: {
  secret: string | readonly string[] | undefined
  prefix: string
}): ForeignIds {
  const { secret, prefix } = options
  return {
    cookieName: 'connect.sid',
    codec(own) {
      const secrets = secret === undefined ? own : [secret].flat()
      return {
        encode: (sid) => `${prefix}${sid}.${sign(sid, secrets[0] as string)}`,
        decode(value) {
          const text = decoded(value)
          if (!text?.startsWith(prefix)) return undefined
          const dot = text.lastIndexOf('.')
          const sid = text.slice(prefix.length, dot)
          if (dot <= prefix.length) return undefined
          const signature = text.slice(dot + 1)
          return secrets.some((one) => equal(sign(sid, one), signature)) ? sid : undefined
        },
      }
    },
  }
}

function sign(sid: string, secret: string): string {
  return createHmac('sha256', secret).update(sid).digest('base64').replace(/=+$/, '')
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
