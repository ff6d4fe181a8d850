import type { ServerResponse } from 'node:http'

/** What `writeHead` takes for headers: an object, a list of pairs, or names and values in turn. */
export type HeadArguments = [status: number, message?: unknown, headers?: unknown]

/**
 * Sets the headers of a `writeHead(status, message?, headers?)` on the response, so that `getHeaders` tells all of
 * them and one may be added. A name within them replaces what was set before and is repeated where they repeat it.
 * Node keeps them to itself when nothing was set before, and loses repeated names on some versions when something was.
 */
export function setHeaders(response: ServerResponse, [, message, headers]: HeadArguments): void {
  const given = headers ?? (typeof message === 'string' ? undefined : message)
  const seen = new Set<string>()
  for (const [name, value] of entriesOf(given)) {
    const key = name.toLowerCase()
    if (seen.has(key)) response.appendHeader(name, value)
    // A copy, for `appendHeader` grows the very array that was set, which may be the caller's constant.
    else response.setHeader(name, Array.isArray(value) ? [...value] : value)
    seen.add(key)
  }
}

/** The arguments without the headers, for Node's own `writeHead`. */
export function withoutHeaders([status, message]: HeadArguments): Parameters<ServerResponse['writeHead']> {
  // The types know of the first overload's message only, and of no tuple of all.
  return (typeof message === 'string' ? [status, message] : [status]) as Parameters<ServerResponse['writeHead']>
}

type Entry = [name: string, value: string | string[]]

function entriesOf(headers: unknown): Entry[] {
  if (typeof headers !== 'object' || headers === null) return []
  if (!Array.isArray(headers)) return Object.entries(headers) as Entry[]
  if (Array.isArray(headers[0])) return headers as Entry[]
  return Array.from({ length: Math.ceil(headers.length / 2) }, (_, n) => headers.slice(n * 2, n * 2 + 2) as Entry)
}
