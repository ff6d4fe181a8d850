import type { IncomingMessage } from 'node:http'
import type { Logger } from '../reflex/logger.ts'
import type { OpenSession } from '../reflex/opened.ts'

/** Under this key of the flash a form's action leaves its locals for the page that the browser is led to. */
const key = 'patella:locals'

/** A cookie that says so, for without it every visit would have to look into its session. */
const marker = 'patella_locals'

/** Time in which the browser follows a redirect, seconds. */
const seconds = 60

export interface NextLocals {
  /** Leaves locals for the next visit; gives back the Set-Cookie line that belongs to it. What JSON cannot hold is lost. */
  leave(opened: OpenSession, locals: Record<string, unknown>): string[]
  /** Whether something was left for this visit. */
  awaits(request: IncomingMessage): boolean
  /** What was left. */
  take(opened: OpenSession): Record<string, unknown>
  /** The Set-Cookie line of the visit that took it. */
  readonly ended: string
}

/** Locals on the way from a form's action, which answered by a redirect, to the one render that follows it. */
export function createNextLocals(basePath: string, logger: Logger): NextLocals {
  const attributes = `Path=${basePath || '/'}; HttpOnly; SameSite=Lax`

  return {
    leave({ leave }, locals) {
      const kept = Object.entries(locals).filter(([name, value]) => isJson(name, value, logger))
      if (kept.length === 0) return []
      leave[key] = Object.fromEntries(kept)
      return [`${marker}=1; Max-Age=${seconds}; ${attributes}`]
    },
    awaits: ({ method, headers }) =>
      (method === 'GET' || method === 'HEAD') && headers.cookie !== undefined && headers.cookie.includes(`${marker}=1`),
    take: ({ flash }) => (flash[key] as Record<string, unknown> | undefined) ?? {},
    ended: `${marker}=; Max-Age=0; ${attributes}`,
  }
}

function isJson(name: string, value: unknown, logger: Logger): boolean {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    logger.warn(`locals.${name} is no JSON, and does not reach the page after a form without JavaScript.`)
    return false
  }
}
