/**
 * A session store that several processes share: the test's own process keeps the sessions, the others ask it by HTTP.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { memory } from 'patella'

/** Serves a memory store; resolves to its address and what closes it. */
export async function startStore() {
  const store = memory()
  const server = createServer(async (request, response) => {
    const [method, ...args] = JSON.parse(await text(request))
    response.end(JSON.stringify(store[method](...args) ?? null))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** @param {string} url @returns {import('patella').SessionStore} */
export function storeAt(url) {
  const ask = async (...call) => (await fetch(url, { method: 'POST', body: JSON.stringify(call) })).json()
  return {
    name: 'shared',
    acquire: (key, owner, leaseMs) => ask('acquire', key, owner, leaseMs),
    read: (key) => ask('read', key),
    commit: (key, write) => ask('commit', key, write),
    release: (key, owner) => ask('release', key, owner),
    touch: (key, ttl) => ask('touch', key, ttl),
  }
}
