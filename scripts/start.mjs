/**
 * `npm start`: installs and builds what is missing, then serves the examples. `STORE=redis npm start`, and so on, keeps
 * their sessions there: at REDIS_URL, MEMCACHED_URL or DATABASE_URL, else in a private copy that ends with it.
 */
import { spawn } from 'node:child_process'
import { build, install, root } from './prepare.mjs'

/** Stores that are servers: whose address is in which variable, and how a private one is started. */
const servers = {
  redis: ['REDIS_URL', async () => (await import('./services/redis.mjs')).startRedis()],
  memcached: ['MEMCACHED_URL', async () => (await import('./services/memcached.mjs')).startMemcached()],
  postgres: ['DATABASE_URL', async () => (await import('./services/postgres.mjs')).startPostgres()],
  mariadb: ['DATABASE_URL', async () => (await import('./services/mariadb.mjs')).startMariadb()],
  sqlite: ['DATABASE_URL', async () => (await import('./services/sqlite.mjs')).makeSqlite()],
}

install()
build()
main()

async function main() {
  const [variable, startOne] = servers[process.env.STORE] ?? []
  const service = variable && !process.env[variable] ? await startOne() : undefined
  const env = { ...process.env, ...(service && { [variable]: service.url }) }
  const server = spawn(process.execPath, ['dist/examples/server.js'], { cwd: root, stdio: 'inherit', env })
  // A terminal sends Ctrl+C to both processes. The server closes in its own time, and this one ends with it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => server.kill('SIGTERM'))
  server.on('exit', async (code) => {
    await service?.stop()
    process.exit(code ?? 1)
  })
}
