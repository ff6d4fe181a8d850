import type { Limits } from '../../protocol/limits.ts'
import type { Command } from '../../protocol/messages.ts'

/** Reads a client's frame; undefined when it is not an Action Cable command. */
export function parseCommand(text: string, limits: Limits): Command | undefined {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof frame !== 'object' || frame === null) return undefined
  const { command, identifier, data } = frame as Record<string, unknown>
  if (command === 'pong') return { command }
  if (typeof identifier !== 'string' || Buffer.byteLength(identifier) > limits.identifier) return undefined
  if (command === 'subscribe' || command === 'unsubscribe') return { command, identifier }
  if (command === 'message' && typeof data === 'string') return { command, identifier, data }
  return undefined
}

/** The `channel` of an identifier; undefined when it is not JSON or names none. */
export function channelName(identifier: string): string | undefined {
  try {
    const params: unknown = JSON.parse(identifier)
    const name = (params as { channel?: unknown } | null)?.channel
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
