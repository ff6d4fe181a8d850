import { limits } from './limits.ts'

/**
 * The same-origin request by which the browser gets or changes its HttpOnly cookie (PROTOCOL.md, section 6). False when it
 * failed, in whatever way.
 */
export async function quietRequest(path: string, body: Record<string, unknown>): Promise<boolean> {
  try {
    const response = await fetch(`${path}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(limits.silence),
    })
    return response.ok
  } catch {
    return false
  }
}
