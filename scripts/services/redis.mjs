import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureProgram } from '../programs.mjs'
import { freePort, run, startService } from './service.mjs'

/** @typedef {import('./service.mjs').Service} Service */

/** @param {string[]} options of redis-server's command line @returns {Promise<Service>} */
export function startRedis(...options) {
  const program = ensureProgram('redis')
  return startService('redis', ({ port, folder }) => ({
    url: `redis://127.0.0.1:${port}/0`,
    command: [program, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...options],
  }))
}

/** Three masters that share the slots of a cluster. @returns {Promise<Service[]>} */
export async function startRedisCluster() {
  const nodes = await Promise.all(Array.from({ length: 3 }, startClusterNode))
  const cli = (node, ...args) => run('redis-cli', ['-p', String(node.port), ...args])
  const share = 16_384 / nodes.length
  for (const [n, { node, bus }] of nodes.entries()) {
    const [first, last] = [Math.ceil(n * share), Math.ceil((n + 1) * share) - 1]
    cli(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last))
    if (n > 0) cli(nodes[0].node, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(bus))
  }
  const services = nodes.map(({ node }) => node)
  // Each of them has heard of all slots.
  for (const { port } of services) while (!isWhole(port)) await new Promise((resolve) => setTimeout(resolve, 50))
  return services
}

/** The usual port of the bus, 10,000 above, may be none. */
async function startClusterNode() {
  const bus = await freePort()
  return { bus, node: await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus)) }
}

function isWhole(port) {
  return spawnSync('redis-cli', ['-p', String(port), 'CLUSTER', 'INFO'], { encoding: 'utf8' }).stdout.includes(
    'state:ok',
  )
}

/** Watches the master of this name, and puts a replica in its place when it is gone. @param {Service} master @returns {Promise<Service>} */
export function startSentinel(name, master) {
  const program = ensureProgram('redis')
  return startService('sentinel', ({ port, folder }) => {
    const file = join(folder, 'sentinel.conf')
    const watched = `sentinel monitor ${name} 127.0.0.1 ${master.port} 1\n`
    const soon = `sentinel down-after-milliseconds ${name} 500\nsentinel failover-timeout ${name} 2000\n`
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${folder}\n${watched}${soon}`)
    return { url: `redis://127.0.0.1:${port}`, command: [program, file, '--sentinel'] }
  })
}
