/** The word a reply carries. Exactly one of these answers each request. */
export const statuses = [
  'ok',
  'halted',
  'forbidden',
  'unauthorized',
  'invalid',
  'redirect',
  'conflict',
  'timeout',
  'stale',
  'unknown',
  'rate_limited',
  'error',
] as const

export type Status = (typeof statuses)[number]

/** A word that says the request is still under way; a reply follows. */
export type Progress = 'accepted'

/** Sub-protocols of Action Cable, in the order in which the server prefers them. */
export const subprotocols = ['actioncable-v1-ext-json', 'actioncable-v1-json'] as const

export type Subprotocol = (typeof subprotocols)[number]

/** `reason` of an Action Cable `disconnect` frame, with its WebSocket close code and whether to come back. */
export const disconnects = Object.freeze({
  unauthorized: { code: 1000, reconnect: false },
  server_restart: { code: 1012, reconnect: true },
  /** The session behind the connection's cookie got another id or was destroyed: come back with today's cookie. */
  session_changed: { code: 1000, reconnect: true },
  /** Another connection speaks for the same tab. */
  replaced: { code: 1000, reconnect: false },
  too_slow: { code: 1013, reconnect: true },
  no_pong: { code: 1000, reconnect: true },
  idle_timeout: { code: 1000, reconnect: true },
  /** The tab's protocol is neither this server's nor the one before: reload once. */
  outdated: { code: 1000, reconnect: false },
})

export type DisconnectReason = keyof typeof disconnects

/** WebSocket close codes that are sent without a `disconnect` frame (RFC 6455, section 7.4.1). */
export const closeCodes = Object.freeze({
  unsupportedData: 1003,
  policyViolation: 1008,
  messageTooBig: 1009,
  internalError: 1011,
})
