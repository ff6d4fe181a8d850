import type { Operation } from './operations.ts'
import type { Progress, Status } from './status.ts'

/** What client and server must agree on; N − 1 is accepted. */
export const protocolVersion = 1

/** The reflex channel's identifier, as an Action Cable client sends it. Short, for every frame repeats it. */
export const reflexIdentifier = '{"channel":"P"}'

/** What the first line of `client.js` tells the client; `start()` of `patella/client` takes the same. */
export interface ClientConfig {
  /** Where Patella's own routes are mounted: `/patella`. */
  path: string
  /** The cable's address: a path, or a ws: or wss: URL. */
  cable: string
}

// --- Action Cable frames, client → server ---

export type Command =
  | { command: 'subscribe'; identifier: string }
  | { command: 'unsubscribe'; identifier: string }
  | { command: 'message'; identifier: string; data: string }
  | { command: 'pong' }

// --- Action Cable frames, server → client ---

export type Frame =
  | { type: 'welcome'; sid: string; patella: Welcome }
  | { type: 'disconnect'; reason: string; reconnect: boolean }
  | { type: 'ping'; message: number }
  | { type: 'confirm_subscription'; identifier: string }
  | { type: 'reject_subscription'; identifier: string }
  | { type?: undefined; identifier: string; message: unknown }

/** What Patella adds to a welcome. */
export interface Welcome {
  /** The server's protocol version. */
  v: number
  /** False when the upgrade carried no valid session cookie: the tab asks for one and reconnects. */
  cookie: boolean
  /** In development the process's own random id: a tab that sees another one renders its page again. */
  boot?: string
}

// --- Reflex channel, client → server: the `data` of a message, as JSON ---

/**
 * `[n, target, element, args, more]`; what is empty at the end is left off, an empty element is 0.
 * `target` is `name#action`, or '' to render the page again and run nothing.
 */
export type WireRequest = readonly [
  n: number,
  target: string,
  element?: WireElement | 0,
  args?: readonly unknown[],
  more?: RequestMore,
]

/** The element an event came from. */
export interface WireElement {
  /** dataset without `reflex*`, keys in camelCase. */
  d?: Record<string, string>
  /** value */
  v?: string
  /** values of a multiple select or of the checkboxes that share a name in the same form */
  vs?: string[]
  /** checked */
  c?: boolean
  /** selected */
  s?: boolean
  /** name */
  n?: string
  /** id */
  i?: string
  /** attributes asked for by data-reflex-attributes */
  a?: Record<string, string>
}

/** Name of the Server-Timing entry on a page that answers a POST: a script can learn it in no other way. */
export const postedMark = 'patella-post'

export interface RequestMore {
  /** URL that renders the page, path and query: with a connection's first request and whenever it changed. */
  u?: string
  /** 1 beside `u`: that page answered a POST, and nothing names a URL that would render it. */
  p?: 1
  /** Lowest number still awaited, when it is not n itself. */
  l?: number
  /** The form, urlencoded. */
  f?: string
  /** Ids of the roots to which the morph is narrowed. */
  r?: string[]
  /** 1: a delta did not give the text that it should; the same request again, for the whole text. */
  x?: 1
}

// --- Reflex channel, server → client ---

/**
 * `[n]`, `[n, patches]` or `[n, patches, more]` is ok; `[n, status, more]` is any other reply; `[n, "accepted"]` is
 * progress. Told apart by the type of the second item.
 */
export type WireReply =
  | readonly [n: number, patches?: readonly Patch[], more?: ReplyMore]
  | readonly [n: number, status: Exclude<Status, 'ok'> | Progress, more?: ReplyMore]

/** The new outer HTML of one root, its id '' for the body; or of the element of a selector. */
export type TextPatch = readonly [name: string, html: string]

/**
 * The same, written against the `index`-th patch of the reply to the request `back` numbers before: as `applyDelta` has it.
 * `sum` is the checksum of what it makes.
 */
export type DeltaPatch = readonly [index: number, back: number, delta: string, sum: string, swaps?: readonly string[]]

export type Patch = TextPatch | DeltaPatch

export interface ReplyMore {
  /** What the action returned. */
  r?: unknown
  /** Operations, in order. */
  o?: readonly Operation[]
  /** Selector morphs, in order. */
  m?: readonly Patch[]
  /** The page's title after a page morph. */
  t?: string
  /** Single-use token for the quiet request that sets or clears the cookie. */
  h?: string
  /** Where a redirect leads. */
  to?: string
  /** An error's code (`protocol/errors.ts`). */
  code?: string
  /** Opaque id under which the server logged the error. */
  id?: string
  /** The message; in development only. */
  message?: string
  /** File and line of the action's error; in development only. */
  at?: string
  /** Refused fields and what is wrong with each; '' holds what concerns no single field. */
  issues?: Record<string, string[]>
}
