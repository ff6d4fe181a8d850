/**
 * Every limit that one peer may hold another to, in one table. Passing one is answered with the status or close
 * code that PROTOCOL.md names, never suffered.
 *
 * Bytes are UTF-8 bytes, times are milliseconds.
 */
export interface Limits {
  /** Largest frame from a client, bytes (fragments added up). Past it: close 1009. */
  frame: number
  /** Deepest nesting of a request's JSON. Past it: `invalid`, `too_complex`. */
  jsonDepth: number
  /** Most object keys and array items in one request. Past it: `invalid`, `too_complex`. */
  jsonNodes: number
  /** Most arguments of one request. */
  args: number
  /** Most fields of one form. */
  formFields: number
  /** Deepest `a[b][c]` nesting of a form field's name. */
  formDepth: number
  /** Highest explicit index in `a[7]`. */
  formIndex: number
  /** Longest URL (path and query), characters. */
  url: number
  /** Most roots that one request may name. */
  roots: number
  /** Longest root id or selector, characters. */
  selector: number
  /** Longest channel identifier, bytes. */
  identifier: number
  /** Most subscriptions on one connection. */
  subscriptions: number
  /** Most commands of one connection that wait or run. Past it: `rate_limited`. */
  pending: number
  /** Requests per second that one connection may keep up. Past it: `rate_limited`. */
  rate: number
  /** Requests that it may send at once. */
  burst: number
  /** Most bytes that wait to be read by a slow client. Past it: disconnect `too_slow`. */
  outbound: number
  /** Unintelligible frames in a row that one connection may send. Past it: close 1008. */
  malformed: number
  /** Connections that one process holds. Past it: HTTP 503. */
  connections: number
  /** Largest page that is rendered again, bytes. */
  page: number
  /** Largest reply that travels as one frame, bytes. */
  reply: number
  /** Most bytes of sent pages that one process keeps, for replies to be written against. Past it: the whole page. */
  texts: number
  /** Largest body of a POST to Patella's own routes, bytes. */
  body: number
  /** Time in which a connection must subscribe to something. */
  handshake: number
  /** Time between two pings. */
  ping: number
  /** Silence after which either side gives the other up. */
  silence: number
  /** Time in which an action must end. */
  action: number
  /** Time in which a client's request must be answered, reconnecting included. */
  request: number
  /** Age from which on a running request is reported as `accepted`, with each ping. */
  progress: number
  /** Time for which what runs may finish when the server closes. */
  drain: number
}

export const limits: Readonly<Limits> = Object.freeze({
  frame: 65_536,
  jsonDepth: 32,
  jsonNodes: 2_000,
  args: 32,
  formFields: 1_000,
  formDepth: 5,
  formIndex: 100,
  url: 2_048,
  roots: 32,
  selector: 256,
  identifier: 1_024,
  subscriptions: 32,
  pending: 32,
  rate: 50,
  burst: 100,
  outbound: 1_048_576,
  malformed: 10,
  connections: 20_000,
  page: 2_097_152,
  reply: 524_288,
  texts: 67_108_864,
  body: 65_536,
  handshake: 10_000,
  ping: 3_000,
  silence: 9_000,
  action: 10_000,
  request: 60_000,
  progress: 2_500,
  drain: 10_000,
})

/** How long a record of a finished request is kept, and how many of them (rule 4, "An action runs once"). */
export const recordLimits = Object.freeze({
  /** Records of one tab. */
  perTab: 32,
  /** Tabs of one session. */
  tabs: 64,
  /** A tab's records outlive its last request by this many ms. */
  age: 120_000,
  /** Largest recorded effects of one request, characters of JSON; larger ones are not kept. */
  effects: 65_536,
})
