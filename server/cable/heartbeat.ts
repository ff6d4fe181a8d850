import type { Limits } from '../../protocol/limits.ts'
import type { Connection } from './connection.ts'

const slots = 30

/**
 * Ticks every connection once in `limits.ping` ms, a thirtieth of them at a time: one timer for all, and no burst in
 * which 10,000 pings are written at once. Returns its own verbs.
 */
export function createHeartbeat(limits: Limits): Heartbeat {
  const ring = Array.from({ length: slots }, () => new Set<Connection>())
  const slotOf = new Map<Connection, Set<Connection>>()
  const step = limits.ping / slots
  let timer: NodeJS.Timeout | undefined
  let added = 0
  let at = 0
  let due = 0

  function beat(): void {
    const now = performance.now()
    // After a stall of our own, silence says nothing about the others: what they sent is still in the sockets' buffers.
    const stalled = now - due > 1_000
    due = now + step
    at = (at + 1) % slots
    if (stalled) for (const connection of slotOf.keys()) connection.heard()
    const ping = `{"type":"ping","message":${Math.floor(Date.now() / 1000)}}`
    for (const connection of ring[at] as Set<Connection>) connection.tick(ping, now)
  }

  return {
    add(connection) {
      const slot = ring[added++ % slots] as Set<Connection>
      slot.add(connection)
      slotOf.set(connection, slot)
      if (timer !== undefined) return
      due = performance.now() + step
      timer = setInterval(beat, step).unref()
    },
    remove(connection) {
      slotOf.get(connection)?.delete(connection)
      slotOf.delete(connection)
      if (slotOf.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
  }
}

export interface Heartbeat {
  add(connection: Connection): void
  remove(connection: Connection): void
}
