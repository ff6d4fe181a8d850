import { type ServerResponse, STATUS_CODES } from 'node:http'
import { type HeadArguments, setHeaders, withoutHeaders } from '../page/head.ts'
import type { Refuse } from './refusal.ts'

/**
 * Calls `beforeHeaders` once, when the response's headers are about to go out, and holds back all that goes out until it
 * is done, so that what it sets (a cookie, say) goes with them. When it returns no promise nothing is delayed. When it
 * throws, the answer becomes what `refuse` makes of the error, and what was held is dropped. It is not called for
 * a response that closes before it says anything.
 *
 * Held, `write` returns false and `drain` follows; `headersSent` and `writableEnded` are what they would be. The
 * methods become the response's own properties: Express swaps its prototype, and what middleware wraps lies above.
 */
export function holdResponse(
  response: ServerResponse,
  beforeHeaders: () => void | Promise<void>,
  refuse: Refuse,
): void {
  const { write, end, writeHead, flushHeaders } = response
  let state: 'open' | 'holding' | 'released' | 'failed' = 'open'
  let held: Held[] = []
  let ended = false
  let failure: unknown

  /** Sends now, or later if it must; what the caller gets then is `meanwhile`. */
  function pass<T>(args: unknown[], send: () => T, meanwhile: T): T {
    if (state === 'open') begin()
    if (state === 'released') return send()
    const callback = args.find((arg) => typeof arg === 'function') as Held['drop'] | undefined
    if (state === 'holding') held.push({ send, drop: callback ?? ignore })
    else if (callback) process.nextTick(callback, failure)
    return meanwhile
  }

  function begin(): void {
    state = 'holding'
    try {
      const waiting = beforeHeaders()
      if (waiting) waiting.then(release, fail)
      else state = 'released'
    } catch (error) {
      fail(error)
    }
  }

  function release(): void {
    const sends = held
    held = []
    state = 'released'
    try {
      const wrote = sends.map(({ send }) => send()).filter((more) => typeof more === 'boolean')
      // Every write was told false. When the last one found the socket full indeed, Node emits `drain` itself.
      if (wrote.at(-1) === true && !response.writableEnded) response.emit('drain')
    } catch (error) {
      // Node refuses what was held (no chunk, a length that is not the header's): the caller is gone, so nobody is told.
      response.destroy(error as Error)
    }
  }

  /** By the methods below whatever wraps them: what a compressing `end` makes of the text would not fit its headers. */
  function fail(error: unknown): void {
    const dropped = held
    held = []
    state = 'failed'
    failure = error
    // Somebody went past the methods below: nothing can be said any more.
    if (inherited(response, 'headersSent')) return void response.destroy(error as Error)
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    const { status, text } = refuse(error)
    response.statusMessage = STATUS_CODES[status] ?? ''
    writeHead.call(response, status, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    end.call(response, text, 'utf8')
    for (const { drop } of dropped) process.nextTick(drop, error)
  }

  Object.assign(response, {
    write(...args: Parameters<typeof write>) {
      return pass(args, () => write.apply(response, args), false)
    },
    end(...args: Parameters<typeof end>) {
      const given = pass(args, () => end.apply(response, args), response)
      ended = true
      return given
    },
    flushHeaders() {
      pass([], () => flushHeaders.call(response), undefined)
    },
    writeHead(...head: HeadArguments) {
      if (held.length > 0) return refuseSecondHead(response, head)
      // Before `beforeHeaders`, for these replace what was set, and what it sets is to stay.
      if (state !== 'failed') {
        setHeaders(response, head)
        response.statusCode = head[0]
      }
      return pass([], () => writeHead.apply(response, withoutHeaders(head)), response)
    },
  })
  Object.defineProperties(response, {
    headersSent: { configurable: true, get: () => held.length > 0 || inherited(response, 'headersSent') },
    writableEnded: { configurable: true, get: () => ended || inherited(response, 'writableEnded') },
  })
}

interface Held {
  send: () => unknown
  /** The caller's callback, told the error when the answer fails. */
  drop: (error: unknown) => void
}

/**
 * Middleware that looks at Node's `_header` in place of `headersSent` asks for the headers again, by the status alone:
 * they are under way. Any other second head is an error, as it is in Node.
 */
function refuseSecondHead(response: ServerResponse, [status, ...rest]: HeadArguments): ServerResponse {
  if (status === response.statusCode && rest.length === 0) return response
  const error = new Error('Cannot write headers after they are sent to the client')
  throw Object.assign(error, { code: 'ERR_HTTP_HEADERS_SENT' })
}

function inherited(response: ServerResponse, property: 'headersSent' | 'writableEnded'): boolean {
  return Reflect.get(Object.getPrototypeOf(response), property, response)
}

function ignore(): void {}
