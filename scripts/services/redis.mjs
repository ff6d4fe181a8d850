import { ensureProgram } from '../programs.mjs'
import { startService } from './service.mjs'

/** @typedef {import('./service.mjs').Service} Service */

/** @param {string[]} options of redis-server's command line @returns {Promise<Service>} */
export function startRedis(...options) {
  const program = ensureProgram('redis')
  return startService('redis', ({ port, folder }) => ({
    url: `redis://127.0.0.1:${port}/0`,
    command: [program, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...options],
  }))
}
