import { PatellaError } from '../../protocol/errors.ts'

const secondsIn: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 }

/** Seconds in a number of seconds or in a text: `'30m'`, `'12h'`, `'14d'`, `'2w'`, `'1y'`. Throws `option_invalid`. */
export function durationInSeconds(value: number | string, option: string): number {
  const seconds = typeof value === 'number' ? value : parse(value)
  if (!Number.isSafeInteger(seconds) || seconds < 1) {
    const reason = `${option} is ${JSON.stringify(value)}; it takes seconds, or a text like '30m', '12h', '14d', '1y'`
    throw new PatellaError('option_invalid', { reason })
  }
  return seconds
}

function parse(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhdwy])$/.exec(text) ?? []
  return Number(count) * (secondsIn[unit] ?? Number.NaN)
}
