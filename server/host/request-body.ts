import type { IncomingMessage } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'

/** A request that a body parser may have read before: its object is then under `body`. */
type Parsed = IncomingMessage & { body?: unknown }

/** The body of a POST of JSON. @throws request_invalid, body_too_large */
export async function readJson(request: Parsed, limit: number): Promise<unknown> {
  requireType(request, /^application\/json\b/i, 'JSON')
  if (isParsed(request)) return request.body
  try {
    return JSON.parse(await readText(request, limit))
  } catch (error) {
    if (error instanceof PatellaError) throw error
    throw new PatellaError('request_invalid', { reason: 'the body is not JSON' })
  }
}

/** The body of a form, urlencoded. @throws request_invalid, body_too_large */
export async function readForm(request: Parsed, limit: number): Promise<string> {
  requireType(request, /^application\/x-www-form-urlencoded\b/i, 'an urlencoded form (a form with files is another)')
  return isParsed(request) ? formText(request.body) : readText(request, limit)
}

function requireType({ headers }: IncomingMessage, type: RegExp, what: string): void {
  if (!type.test(headers['content-type'] ?? ''))
    throw new PatellaError('request_invalid', { reason: `the body is not ${what}` })
}

/** A parser of another type leaves `{}` (Express 4) and the body unread. */
function isParsed(request: Parsed): request is Parsed & { body: object } {
  return isObject(request.body) && (request.readableEnded || Object.keys(request.body).length > 0)
}

async function readText(request: Parsed, limit: number): Promise<string> {
  if (typeof request.body === 'string') return request.body
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw new PatellaError('body_too_large', { limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A parser's nested object as a form again: `{ a: { b: ['1'] } }` is `a[b][]=1`. */
function formText(body: object): string {
  const fields = new URLSearchParams()
  const add = (name: string, value: unknown) => {
    if (Array.isArray(value)) for (const item of value) add(`${name}[]`, item)
    else if (isObject(value)) for (const [key, inner] of Object.entries(value)) add(`${name}[${key}]`, inner)
    else if (value !== undefined && value !== null) fields.append(name, String(value))
  }
  for (const [name, value] of Object.entries(body)) add(name, value)
  return String(fields)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
