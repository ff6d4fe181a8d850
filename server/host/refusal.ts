import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Logger } from '../reflex/logger.ts'

/** The answer to a plain request that failed. */
export interface Refusal {
  readonly status: number
  readonly text: string
}

/** Makes refusals: what is the server's own trouble is logged under an id, and a visitor in production sees no more. */
export type Refuse = (error: unknown) => Refusal

export function createRefuse(production: boolean, logger: Logger): Refuse {
  return (error) => {
    const known = error instanceof PatellaError ? error : undefined
    const status = known?.status ?? 500
    const code = known?.code ?? 'internal_error'
    if (known && status < 500) return { status, text: `${code}: ${known.message}\n` }
    const id = randomBytes(6).toString('base64url')
    const stack = String((error as Error | undefined)?.stack ?? error)
    logger.error(`a request failed (${code}, ${id}): ${stack}`)
    return { status, text: `${STATUS_CODES[status]}: ${code} ${id}\n${production ? '' : `\n${stack}\n`}` }
  }
}
