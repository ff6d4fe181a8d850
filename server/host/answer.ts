import type { ServerResponse } from 'node:http'
import type { PageResponse } from '../page/dispatch.ts'

/** What Patella answers a plain request with; an adapter sends it in its host's own way. */
export type Answer = PageResponse

const plainText = Object.freeze({
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

export function answerText(status: number, body: string, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { ...plainText, ...headers }, body, setCookie: [] }
}

/** For what neither Patella nor an app behind it has. */
export const notFound: Answer = answerText(404, 'Not Found\n')

/** The headers that are there, one value or several each. */
export function headersOf({ headers, setCookie }: Answer): [name: string, value: string | string[]][] {
  const given = Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined)
  return setCookie.length === 0 ? given : [...given, ['set-cookie', [...setCookie]]]
}

/** Sends it on a response of Node's, unless somebody answered meanwhile. A HEAD's body Node leaves out itself. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.writableEnded || response.destroyed) return
  for (const [name, value] of headersOf(answer)) {
    if (name === 'set-cookie') response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.statusCode = answer.status
  response.end(answer.status === 204 || answer.status === 304 ? undefined : answer.body)
}
