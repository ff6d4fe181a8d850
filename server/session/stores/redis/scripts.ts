import { createHash } from 'node:crypto'

/** Lua for Redis, and the digest by which it knows it. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

/** KEYS: record, lease. ARGV: owner, ms. The record's text; nil when another has the lease. */
export const acquireScript = script(`
  local holder = redis.call('GET', KEYS[2])
  if holder and holder ~= ARGV[1] then return false end
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return redis.call('GET', KEYS[1]) or ''
`)

/**
 * KEYS: record, lease. ARGV: owner, version that was loaded, text, ms. 1 when it is written. A commit that was written
 * already, and is sent again because the connection broke before the answer, is 1 as well.
 */
export const commitScript = script(`
  local head = redis.call('GETRANGE', KEYS[1], 0, 100)
  local version = string.match(head, '^(%d+) %S+\\n')
  if not version or #version > 15 then version = '0' end
  if version ~= ARGV[2] then return redis.call('GET', KEYS[1]) == ARGV[3] and 1 or 0 end
  local holder = redis.call('GET', KEYS[2])
  if holder and holder ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
  redis.call('DEL', KEYS[2])
  return 1
`)

/** KEYS: lease. ARGV: owner. */
export const releaseScript = script(`
  if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return 1
`)

function script(text: string): Script {
  const lua = text.replace(/^ +/gm, '').trim()
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}
