/** How a command ends: all well, something wrong was found, or it was called wrongly or could not begin. */
export const exitCodes = { well: 0, faulty: 1, misused: 2 } as const

export interface Output {
  write(text: string): unknown
}

export interface Command {
  /** One line for the list. */
  readonly summary: string
  readonly help: string
  /** The name with its commonest arguments. */
  readonly example: string
  /** Resolves to the exit code. Throws `UsageError` when it was called wrongly. */
  run(args: readonly string[], out: Output): Promise<number>
}

/** What was wrong with the call, in one line. */
export class UsageError extends Error {
  /** Of what `parseArgs` of Node threw: its first sentence. */
  static from(error: unknown): UsageError {
    const [first = ''] = (error as Error).message.split('. ')
    return new UsageError(first.replace(/^\w/, (c) => c.toLowerCase()))
  }
}

/** How the package is called until it is published: never a stranger of that name. */
export const program = 'npx --no-install patella'
