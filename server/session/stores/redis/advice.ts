import type { RedisCommands } from './client.ts'

/** How long to wait before Redis is asked again that did not answer, ms. */
const againMs = 5_000

/** Asks Redis, until it answers, and warns. Returns its off. */
export function advise(redis: Pick<RedisCommands, 'info'>, warn: (advice: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const ask = () => {
    adviceOn(redis).then(
      (advice) => advice && warn(advice),
      () => {
        if (!stopped) timer = setTimeout(ask, againMs).unref()
      },
    )
  }
  ask()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/**
 * What is wrong with Redis's eviction policy for sessions; undefined when nothing is. Read from INFO, for managed services
 * often forbid CONFIG.
 */
async function adviceOn({ info }: Pick<RedisCommands, 'info'>): Promise<string | undefined> {
  const lines = await info('memory')
  const policy = /^maxmemory_policy:(\S+)/m.exec(lines)?.[1]
  const limit = Number(/^maxmemory:(\d+)/m.exec(lines)?.[1] ?? 0)
  if (policy === undefined || policy === 'volatile-lru') return undefined
  // Nothing is ever evicted without a limit: what a developer's Redis is like.
  if (limit === 0 && process.env.NODE_ENV !== 'production') return undefined
  const found = `Redis: maxmemory-policy is ${policy}${limit === 0 ? ', and there is no maxmemory' : ''}.`
  const wanted = 'Sessions want volatile-lru: those not used for longest go first, and nothing without an expiry.'
  return `${found} ${consequence(policy, limit)} ${wanted}`
}

function consequence(policy: string, limit: number): string {
  if (limit === 0) return 'It grows until the machine has no memory left.'
  if (policy === 'noeviction')
    return 'When it is full it refuses every write, and every action fails with session_store_failed.'
  if (policy.startsWith('allkeys-'))
    return 'When it is full it drops whatever else is in it as well: queues, locks, what has no expiry.'
  if (policy === 'volatile-lfu')
    return 'When it is full it drops sessions that were used seldom, so those that began just now.'
  return 'When it is full it drops sessions that are in use, whichever comes up or expires first.'
}
