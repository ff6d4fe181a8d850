import { ensureProgram } from '../programs.mjs'
import { startService } from './service.mjs'

/** @typedef {import('./service.mjs').Service} Service */

/** @param {string[]} options of memcached's command line @returns {Promise<Service>} */
export function startMemcached(...options) {
  const program = ensureProgram('memcached')
  return startService('memcached', ({ port }) => ({
    url: `memcached://127.0.0.1:${port}`,
    command: [program, '-p', String(port), '-U', '0', '-l', '127.0.0.1', '-u', 'nobody', ...options],
  }))
}
