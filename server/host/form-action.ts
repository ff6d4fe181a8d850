import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { Origins } from '../../protocol/origin.ts'
import { pagePath } from '../page/url.ts'
import { pageUrl, type Visitor } from '../reflex/caller.ts'
import { Elsewhere } from '../reflex/interrupt.ts'
import { urlAfter } from '../reflex/moved.ts'
import type { FormResult, FormRunner } from '../reflex/run-form.ts'
import { type Answer, answerText } from './answer.ts'
import type { BasePath } from './base-path.ts'
import type { NextLocals } from './next-locals.ts'
import type { PlainSession } from './plain-session.ts'
import type { Received } from './received.ts'
import { readForm } from './request-body.ts'
import { type OriginRefused, requireSameOrigin } from './same-origin.ts'

export interface FormActionOptions {
  readonly runner: FormRunner
  readonly limits: Limits
  readonly origins: Origins
  readonly refused: OriginRefused
  readonly basePath: BasePath
  /** Where Patella's own routes are, the base path included. */
  readonly path: string
  readonly nextLocals: NextLocals
  readonly openPlain: (request: IncomingMessage, hold: boolean) => Promise<PlainSession>
  /** Runs what `use` lists on the request itself; with `use: 'host'` the host has done so. Absent without `use`. */
  readonly use: RequestListener | 'host' | undefined
}

/** What `patella.action()` puts beside the target. */
export interface ActionOptions {
  /** Becomes `element.dataset`, as `data-*` attributes do when the form is sent by a script. */
  data?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Path and query of the page that the form stands on; without it the browser's `Referer` tells. */
  page?: string
}

export interface FormActions {
  /** The address for a form's `action`. @throws action_unknown */
  address(target: string, options?: ActionOptions): string
  /** Answers a POST to `{path}/action/{reflex}/{action}`. */
  answer(received: Received, visitor: Visitor, rest: string): Promise<Answer | 'sent'>
}

const dataPrefix = 'data-'

/** Runs actions for forms that the browser submits itself: the same checks, and a redirect to the page. */
export function createFormActions(options: FormActionOptions): FormActions {
  const { runner, limits, nextLocals, basePath, use } = options

  return {
    address(target, { data = {}, page } = {}) {
      runner.sessionOf(target)
      const query = new URLSearchParams()
      for (const [key, value] of Object.entries(data))
        if (value !== undefined) query.set(dataPrefix + key, String(value))
      if (page !== undefined) query.set('page', page)
      const [reflex, action] = target.split('#') as [string, string]
      return `${options.path}/action/${reflex}/${action}${query.size > 0 ? `?${query}` : ''}`
    },

    async answer({ request, response, native }, visitor, rest) {
      if (request.method !== 'POST') return answerText(405, 'POST only\n', { allow: 'POST' })
      requireSameOrigin(request, visitor, options.refused, options.origins)
      const [path = '', search = ''] = rest.split('?', 2)
      const query = new URLSearchParams(search)
      const target = decoded(path).replace('/', '#')
      const hold = runner.sessionOf(target) === 'hold'
      const form = await readForm(request, limits.body)
      const url = pageOf(query, request, visitor, basePath, limits.url)
      const opened = await options.openPlain(request, hold)
      const pass = use && (() => (use === 'host' ? Promise.resolve(native) : passed(use, request, response)))
      const result = await runner.run({ target, element: { d: datasetOf(query) }, form, url, visitor, pass }, opened)
      if (!result.keep) await opened.discard()
      // A middleware has answered, or the browser is gone.
      if (response.writableEnded || response.destroyed) return 'sent'
      return answerTo(result, visitor, url, result.keep ? nextLocals.leave(opened, result.locals) : [])
    },
  }
}

/** The request, behind a list of middleware that let it through. */
async function passed(use: RequestListener, request: IncomingMessage, response: ServerResponse) {
  await use(request, response)
  if (response.writableEnded || response.destroyed) throw new Elsewhere(String(response.getHeader('location') ?? ''))
  return request
}

function answerTo({ outcome }: FormResult, visitor: Visitor, url: string, left: string[]): Answer {
  const { status, more } = outcome
  if (status === 'ok' || status === 'halted' || status === 'redirect') {
    const location = more.to ?? urlAfter(visitor, url, more.o)
    const headers = { location, 'cache-control': 'no-store' }
    return { status: 303, headers, body: '', setCookie: left }
  }
  const code = more.code ?? status
  const issues = Object.entries(more.issues ?? {}).flatMap(([field, texts]) =>
    texts.map((text) => `${field === '' ? '' : `${field}: `}${text}\n`),
  )
  const lines = [
    `${code}${more.id === undefined ? '' : ` ${more.id}`}\n`,
    more.message && `${more.message}\n`,
    ...issues,
  ]
  return answerText(httpStatusOf[status] ?? 500, lines.filter(Boolean).join(''))
}

/** Of the statuses that a form's action may end in, besides the redirects. */
const httpStatusOf: Readonly<Record<string, number>> = {
  forbidden: 403,
  unauthorized: 401,
  invalid: 422,
  timeout: 504,
  conflict: 409,
}

/** Path and query of the page with the form; never one of another origin. */
function pageOf(
  query: URLSearchParams,
  { headers }: IncomingMessage,
  visitor: Visitor,
  basePath: BasePath,
  limit: number,
): string {
  const { origin } = pageUrl(visitor, '/')
  const referer = URL.canParse(headers.referer ?? '') ? new URL(headers.referer as string) : undefined
  const came = referer?.origin === origin ? referer.pathname + referer.search : undefined
  return pagePath(query.get('page') ?? came, limit) ?? basePath.whole('/')
}

function datasetOf(query: URLSearchParams): Record<string, string> {
  const data = [...query].filter(([name]) => name.startsWith(dataPrefix))
  return Object.fromEntries(data.map(([name, value]) => [name.slice(dataPrefix.length), value]))
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new PatellaError('request_invalid', { reason: 'the path is not well-formed' })
  }
}
