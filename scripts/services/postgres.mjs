import { spawnSync } from 'node:child_process'
import { chownSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureProgram } from '../programs.mjs'
import { run, startService } from './service.mjs'

/** @typedef {import('./service.mjs').Service} Service */

/** @param {string[]} settings `name=value` @returns {Promise<Service>} */
export function startPostgres(...settings) {
  const program = ensureProgram('postgres')
  return startService('postgres', ({ port, folder }) => {
    const data = join(folder, 'data')
    // It refuses to run as root.
    const user = process.getuid?.() === 0 ? idsOf('postgres') : {}
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
    run(
      join(dirname(realpathSync(program)), 'initdb'),
      ['-D', data, '-U', 'patella', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      user,
    )
    const given = ['fsync=off', `unix_socket_directories=${folder}`, ...settings].flatMap((one) => ['-c', one])
    return {
      url: `postgres://patella@127.0.0.1:${port}/postgres`,
      command: [program, '-D', data, '-p', String(port), '-h', '127.0.0.1', ...given],
      ready: /ready to accept connections/,
      options: user,
    }
  })
}

function idsOf(user) {
  const id = (flag) => Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout)
  return { uid: id('-u'), gid: id('-g') }
}
