import type { Patch, ReplyMore, TextPatch, WireReply } from '../protocol/messages.ts'
import type { Status } from '../protocol/status.ts'
import type { Described } from './element.ts'
import { limits } from './limits.ts'

/** How a request ended. */
export interface Outcome {
  status: Status
  patches?: readonly TextPatch[]
  more: Omit<ReplyMore, 'm'> & { m?: readonly TextPatch[] }
}

/** What a caller asks for. */
export interface Wish {
  target: string
  element: Described
  args: readonly unknown[]
  form: string | undefined
  roots: string[] | undefined
  /** Path and query of the page on which the request was made; operations of replies that change it move this along. */
  page: string
  /** Path and query that the server is to render instead. */
  url: string | undefined
  /** The request went out; called again when it goes out again. */
  delivered(): void
  /** Does what the reply says, for a request made on `page`; returns how it ended. */
  apply(outcome: Outcome, page: string): Outcome
  /** It is over; called once. */
  settled(outcome: Outcome): void
}

export interface RequestPort {
  /** False when the message is too large for a frame. */
  send(data: string): boolean
  reconnect(): void
  /** Gives up the connection, has the browser take the session's new cookie, then `done`, and connects again in any case. */
  handOff(n: number, token: string, done: () => void): void
  /** The number of waiting requests changed. */
  changed(): void
  /** There is another connection. */
  forget(): void
  /** Patches of the reply to request `n` as whole texts; undefined when they cannot be made of those that are here. */
  read(n: number, patches: readonly Patch[]): TextPatch[] | undefined
}

export interface Requests {
  readonly size: number
  /** The number that the next request gets. */
  readonly next: number
  add(wish: Wish): void
  /** The connection is confirmed: sends what waits, lowest number first. */
  resume(): void
  /** The connection is gone. */
  pause(): void
  receive(reply: WireReply): void
  /** So much time has passed, ms, sleep not counted. */
  tick(ms: number): void
  /** Settles all that waits, and all that comes until `open`. */
  shut(outcome: Outcome): void
  open(): void
  /** A reply's own operation moved the page from one URL to another: what was asked on the first goes on. */
  moved(from: string, to: string): void
}

interface Waiting extends Wish {
  n: number
  /** ms since it was made or showed progress */
  age: number
  /** It was answered `stale` or `unauthorized` once. */
  stale?: boolean
  /** The reply was written against texts that are not here: it is to come whole. */
  whole?: boolean
}

/**
 * The tab's bookkeeping of its requests: numbers, order, resending, time-outs. Knows neither DOM nor socket. `posted` is the
 * page's URL when it answered a POST.
 */
export function createRequests(port: RequestPort, posted?: string): Requests {
  const waiting = new Map<number, Waiting>()
  let next = 1
  let live = false
  let closed: Outcome | undefined
  /** ms since the connection last showed that requests are answered on it. */
  let quiet = 0
  /** The URL that this connection was last told. */
  let told: string | undefined
  /** The title that this connection was told last, and the URL of which. */
  let titled: { url: string; t: string } | undefined

  function add(wish: Wish): void {
    const request = { ...wish, n: next++, age: 0 }
    if (closed) return wish.settled(closed)
    if (waiting.size >= limits.pending) return wish.settled(failed('rate_limited', 'flood'))
    if (!waiting.size) quiet = 0
    waiting.set(request.n, request)
    port.changed()
    if (live) send(request)
  }

  function send(request: Waiting): void {
    const { n, target, element, args, page, form: f, roots: r } = request
    const u = request.url ?? page
    const low = Math.min(...waiting.keys())
    const p = u === posted && !request.url ? 1 : undefined
    const more = { ...(told !== u + p && { u, p }), l: low === n ? undefined : low, f, r, x: request.whole && 1 }
    const items = [n, target, isEmpty(element) ? 0 : element, args, more]
    while (items.length > 2 && isEmpty(items.at(-1))) items.pop()
    if (!port.send(JSON.stringify(items))) return settle(request, failed('invalid', 'frame_too_large'))
    told = u + p
    request.delivered()
  }

  function resume(): void {
    quiet = 0
    told = undefined
    titled = undefined
    port.forget()
    // What a listener asks for meanwhile is at the end of the map, and so has its turn here.
    for (const request of waiting.values()) send(request)
    live = true
  }

  function receive([n, second, third]: WireReply): void {
    const more = third ?? {}
    const request = waiting.get(n)
    if (!request || !live) return
    quiet = 0
    if (second === 'accepted') {
      request.age = 0
      return
    }
    // A request that was refused may not have been read as far as its URL.
    if (typeof second === 'string') told = undefined
    // The browser may have newer cookies than the connection: a session's, a token's.
    if ((second === 'stale' || second === 'unauthorized') && !request.stale) {
      request.stale = true
      return port.reconnect()
    }
    const patches = typeof second === 'string' ? [] : (second ?? [])
    const { m = [], ...rest } = more
    const texts = port.read(n, [...patches, ...m])
    if (!texts) {
      if (request.whole) return settle(request, failed('error', 'patch_failed'))
      console.error('Patella: delta', n)
      request.whole = true
      return send(request)
    }
    const outcome: Outcome =
      typeof second === 'string'
        ? { status: second, more: rest }
        : { status: 'ok', patches: texts.slice(0, patches.length), more: rest }
    if (m.length) outcome.more.m = texts.slice(patches.length)
    const url = request.url ?? request.page
    if (rest.t !== undefined) titled = { url, t: rest.t }
    else if (patches.length && titled?.url === url) outcome.more.t = titled.t
    const done = () => {
      if (waiting.has(n)) settle(request, request.apply(outcome, request.page))
    }
    if (more.h) port.handOff(n, more.h, done)
    else done()
  }

  function tick(ms: number): void {
    for (const request of [...waiting.values()]) {
      request.age += ms
      if (request.age < limits.request) continue
      settle(request, failed('timeout', 'action_timeout'))
      // Its answer may still come, and what comes behind that be written against it.
      if (live) port.reconnect()
    }
    quiet += ms
    if (live && waiting.size && quiet >= limits.silence) port.reconnect()
  }

  function settle(request: Waiting, outcome: Outcome): void {
    waiting.delete(request.n)
    request.settled(outcome)
    port.changed()
  }

  return {
    get size() {
      return waiting.size
    },
    get next() {
      return next
    },
    add,
    resume,
    pause() {
      live = false
    },
    receive,
    tick,
    shut(outcome) {
      closed = outcome
      for (const request of [...waiting.values()]) settle(request, outcome)
    },
    open() {
      closed = undefined
    },
    moved(from, to) {
      for (const request of waiting.values()) if (request.page === from) request.page = to
    },
  }
}

export function failed(status: Status, code: string): Outcome {
  return { status, more: { code } }
}

/** Whether it is `{}` or `[]` on the wire. */
function isEmpty(item: unknown): boolean {
  return JSON.stringify(item).length < 3
}
