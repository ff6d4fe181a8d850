import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { PatellaError } from '../../protocol/errors.ts'

/** How a record's text is stored: as it is, or deflated. */
export interface Packer {
  pack(text: string): string
  /** Whether packed or not; undefined when it cannot be read. */
  unpack(body: string): string | undefined
}

/** First characters of a body that is deflated, in base64: stores keep texts. */
const mark = 'patella 1z '

const standard = 1_024

/** Most bytes of a record's text on any store: a deflated one of somebody else's could hold gigabytes. */
export const longestText = 16_777_216

/** `compress`: from so many characters on; `true` for 1,024. Throws `option_invalid`. */
export function createPacker(compress: boolean | number): Packer {
  const from = compress === true ? standard : compress === false ? Number.POSITIVE_INFINITY : compress
  if (typeof from !== 'number' || !(from >= 0)) {
    const reason = `session.compress is ${String(compress)}; it takes true, false or a number of characters`
    throw new PatellaError('option_invalid', { reason })
  }
  return {
    pack(text) {
      if (text.length < from) return text
      const packed = mark + deflateRawSync(text, { level: 1 }).toString('base64')
      return packed.length < text.length ? packed : text
    },
    unpack(body) {
      if (!body.startsWith(mark)) return body
      try {
        const bytes = Buffer.from(body.slice(mark.length), 'base64')
        return inflateRawSync(bytes, { maxOutputLength: longestText }).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
