import session from 'express-session'
import { expressSession, memcached, memory, redis, type SessionStore, sql } from 'patella'

/** The stores on which the gallery runs, by the names that `STORE` takes. */
const stores: Readonly<Record<string, () => SessionStore>> = {
  memory: () => memory(),
  redis: () => redis(process.env.REDIS_URL),
  memcached: () => memcached(process.env.MEMCACHED_URL),
  postgres: () => sql(process.env.DATABASE_URL, { createTable: true }),
  mariadb: () => sql(process.env.DATABASE_URL, { createTable: true }),
  sqlite: () => sql(process.env.DATABASE_URL, { createTable: true }),
  'express-session': () => expressSession(new session.MemoryStore()),
}

/** `undefined` for Patella's own default. */
export function storeNamed(name: string | undefined): SessionStore | undefined {
  if (!name) return undefined
  const make = stores[name]
  if (make === undefined) throw new Error(`STORE=${name}: there are ${Object.keys(stores).join(', ')}`)
  return make()
}
