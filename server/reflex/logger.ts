/** Where Patella writes its lines: `console`, pino, or anything with these methods. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** A target as it may stand in a log line: it comes from the wire. */
export function logSafe(target: string): string {
  if (target === '') return '(render)'
  return /^[\w:.#-]{1,130}$/.test(target) ? target : JSON.stringify(target.slice(0, 130))
}
