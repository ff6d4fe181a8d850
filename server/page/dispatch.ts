import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'
import { type HeadArguments, setHeaders, withoutHeaders } from './head.ts'
import { createWire } from './wire.ts'

/** A GET for a page, as the tab that shows it would send it. */
export interface PageRequest {
  /** Path and query. */
  url: string
  host: string
  scheme: 'http' | 'https'
  /** The tab's IP address. */
  address: string | undefined
  cookie: string | undefined
  language: string | undefined
  userAgent: string | undefined
  /** Becomes `res.locals`. */
  locals: Record<string, unknown>
  /** Ends the request: its reason is what the promise rejects with. */
  signal: AbortSignal
  /** Most bytes of body. */
  limit: number
  /** Found again by `markOf(request)`. */
  mark: object
}

/** What the listener answered, whatever it was: judging is the caller's part. */
export interface PageResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  /** Decoded as UTF-8. */
  body: string
  setCookie: string[]
}

const mark = Symbol('patella.rerender')

/**
 * Sends a GET into a node request listener (an Express app is one) without leaving the process. Request and response
 * are Node's own, on a socket that leads nowhere, so all middleware works on them as on any other; the live app and its
 * server are not touched. `req.patella` is `{ rerender: true }`, for loggers and limiters.
 *
 * Rejects with `page_too_large` past `limit` bytes, `page_failed` when the listener drops the connection, the signal's
 * reason, or what the listener threw.
 */
export function dispatch(listener: RequestListener, page: PageRequest): Promise<PageResponse> {
  return new Promise((resolve, reject) => {
    const { signal, limit, url } = page
    if (signal.aborted) return reject(signal.reason)
    const socket = createWire(page.scheme, page.address)
    const request = createRequest(page, new IncomingMessage(socket))
    const response = new ServerResponse(request)
    response.assignSocket(socket)
    Object.assign(response, { locals: page.locals })

    const body = collect(response, limit, () => fail(new PatellaError('page_too_large', { url, limit })))
    const abort = () => fail(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    response.once('finish', () => {
      resolve(answer(response, body))
      hangUp()
      request.resume() // unread, it would never emit `end` and `close`
    })
    response.once('close', () => {
      signal.removeEventListener('abort', abort)
      reject(new PatellaError('page_failed', { url, status: 'nothing' }))
    })

    function fail(reason: unknown): void {
      reject(reason)
      request.destroy(reason instanceof Error ? reason : undefined)
      hangUp()
    }

    /** Node emits the response's `close` when its socket closes. */
    function hangUp(): void {
      socket.destroy()
    }

    try {
      const running: unknown = listener(request, response)
      if (running instanceof Promise) running.catch(fail)
    } catch (error) {
      fail(error)
    }
  })
}

/** The `mark` of a request that `dispatch` made, else undefined. It stands under a symbol: no header can fake it. */
export function markOf(request: IncomingMessage): object | undefined {
  return (request as { [mark]?: object })[mark]
}

/** The request of `dispatch` without its answer: for what only reads who asks. */
export function createPageRequest(page: Omit<PageRequest, 'locals' | 'signal' | 'limit'>): IncomingMessage {
  return createRequest(page, new IncomingMessage(createWire(page.scheme, page.address)))
}

function createRequest(
  page: Omit<PageRequest, 'locals' | 'signal' | 'limit'>,
  request: IncomingMessage,
): IncomingMessage {
  const headers: [name: string, value: string | undefined][] = [
    ['host', page.host],
    ['accept', 'text/html'],
    ['accept-encoding', 'identity'],
    ['cookie', page.cookie],
    ['accept-language', page.language],
    ['user-agent', page.userAgent],
  ]
  const sent = headers.filter((header): header is [string, string] => header[1] !== undefined)
  request.method = 'GET'
  request.url = page.url
  request.httpVersion = '1.1'
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  request.headers = Object.fromEntries(sent)
  request.headersDistinct = Object.fromEntries(sent.map(([name, value]) => [name, [value]]))
  request.rawHeaders = sent.flat()
  request.complete = true
  request.push(null)
  return Object.assign(request, { [mark]: page.mark, patella: { rerender: true } })
}

/**
 * Keeps what is written. The methods are the response's own properties: Express swaps its prototype, and middleware
 * that wraps them finds these below.
 */
function collect(response: ServerResponse, limit: number, tooLarge: () => void): Buffer[] {
  const { write, end, writeHead } = response
  const chunks: Buffer[] = []
  let bytes = 0

  function keep([chunk, encoding]: unknown[]): void {
    if (chunk === null || chunk === undefined || typeof chunk === 'function') return
    const buffer =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array)
    bytes += buffer.length
    if (bytes <= limit) chunks.push(buffer)
    else tooLarge()
  }

  // Node goes first: it throws on what is no chunk. `finish` comes in a later tick, after the last one is kept.
  const methods = {
    write(...args: Parameters<typeof write>): boolean {
      const open = !response.writableEnded
      const more = write.apply(response, args)
      if (open) keep(args)
      return more
    },
    end(...args: Parameters<typeof end>): ServerResponse {
      const open = !response.writableEnded
      end.apply(response, args)
      if (open) keep(args)
      return response
    },
    writeHead(...head: HeadArguments): ServerResponse {
      setHeaders(response, head)
      return writeHead.apply(response, withoutHeaders(head))
    },
  }
  Object.assign(response, methods)
  return chunks
}

function answer(response: ServerResponse, chunks: Buffer[]): PageResponse {
  const headers: PageResponse['headers'] = {}
  for (const [name, value] of Object.entries(response.getHeaders())) {
    headers[name] = typeof value === 'number' ? String(value) : value
  }
  const status = response.statusCode
  // Of these Node sends no body either, whatever is written.
  const body = status === 204 || status === 304 ? '' : utf8.decode(Buffer.concat(chunks))
  return { status, headers, body, setCookie: [headers['set-cookie'] ?? []].flat() }
}

/** Drops a byte order mark, as a browser does. */
const utf8 = new TextDecoder()
