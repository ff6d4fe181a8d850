import type { Session } from '../session/session.ts'

/** An open session, of whatever kind: what an action, a render or a plain request may do with it. */
export interface OpenSession {
  readonly session: Session
  /** What earlier ones left. */
  readonly flash: Readonly<Record<string, unknown>>
  /** Written for a later render. */
  readonly leave: Record<string, unknown>
}

/** What an in-process request is marked with. */
export interface Marked {
  /** The session in whose place the request stands: whoever asks for that of the request gets this one. */
  readonly opened: OpenSession
}
