/**
 * What the app keeps in a session. Augment it, and sessions are typed everywhere; without it any key holds anything.
 *
 * @example
 * declare module 'patella' { interface SessionData { count: number } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by the app
export interface SessionData {}

/**
 * The data behind one cookie: read and write its keys; values are plain JSON, `undefined` deletes. Writing one of the
 * names below throws `session_key_reserved`, writing after the session was committed `session_closed`.
 */
export type Session = SessionFields<SessionData> & SessionControls

/** Any key may be missing, and be written `undefined`. */
export type SessionFields<Data> = keyof Data extends never
  ? Record<string, any>
  : { [Key in keyof Data]?: Data[Key] | undefined }

export interface SessionControls {
  /** A digest of the session's id, for logs and as a key of one's own; never the id itself. */
  readonly id: string
  /** Moves the data to a new id when this request commits; the old one is dead. For logins. */
  regenerate(): void
  /** Empties the session and gives the browser a new id when this request commits; the old one is dead. For logouts. */
  destroy(): void
  /**
   * Runs `fn` on the session as it is stored now, held against all others for that long, and commits it. Where the
   * session is held anyway it just runs `fn`.
   */
  update<T>(fn: (session: Session) => T | Promise<T>): Promise<T>
}
