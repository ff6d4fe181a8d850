import type { DevelopmentState } from './development.ts'
import { hash, randomId } from './seal.ts'
import type { SessionStore } from './store.ts'

export interface Mint {
  /** A new id: 32 base64url characters. */
  mint(): string
  /** Told of each id under which nothing is stored. */
  missing(sid: string): void
}

interface MintConfig {
  readonly logger: { warn(message: string): void }
  readonly state?: DevelopmentState | undefined
}

/**
 * Ids of 24 random bytes. Where a process's own memory is the store, the first three are the process's mark, so that it
 * knows a session that another one made, and says once why that is empty here.
 */
export function createMint({ local, ids, name }: SessionStore, { logger, state }: MintConfig): Mint {
  if (!local || ids) return { mint: () => randomId(24), missing() {} }
  // Under `node --watch` the sessions outlive the process, and its mark does.
  const mark = state ? hash(state.secret).slice(0, 4) : randomId(3)
  let told = false
  return {
    mint: () => mark + randomId(21),
    missing(sid: string) {
      if (told || sid.startsWith(mark)) return
      told = true
      const met = 'A visitor came with a session that another process made, or this one before its restart'
      const why = `what is in it is not here, for the store (${name}) is one process's alone`
      logger.warn(`${met}: ${why}. Set session.store to one that processes share: redis(), for example.`)
    },
  }
}
