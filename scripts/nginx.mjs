/** Finds the nginx behind which the tests of proxies run, and installs one where there is none. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of the first that exists: the one named by NGINX, the system's, one on the PATH. @returns {string | undefined} */
function findNginx() {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'nginx'))
  return [process.env.NGINX, '/usr/sbin/nginx', ...onPath].find((path) => path && existsSync(path))
}

/** As `findNginx`, installing one first where there is none: by apt as root on Debian and its kin. */
export function ensureNginx() {
  const found = findNginx()
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Installing nginx …\n')
    spawnSync('apt-get', ['update'], { stdio: 'ignore' })
    // Its package would start a server of its own on port 80.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'nginx-light'], { stdio: 'ignore', env })
  }
  const installed = findNginx()
  if (!installed) throw new Error(nginxMissing)
  return installed
}

const nginxMissing = 'No nginx. Install it (Debian: apt install nginx-light), or name one: NGINX=/path/to/nginx'
