/** Finds the servers and browsers that tests run for themselves, and installs those that are missing: by apt as root on Debian and its kin. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @typedef {{ variable: string, file: string, folders?: string[], others?: string[], package: string }} Program */

/** Any Firefox will do, where there is no ESR. */
const otherFirefoxes = ['/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox']

/** @type {Record<string, Program>} */
const programs = {
  nginx: { variable: 'NGINX', file: 'nginx', folders: ['/usr/sbin'], package: 'nginx-light' },
  redis: { variable: 'REDIS_SERVER', file: 'redis-server', package: 'redis-server' },
  memcached: { variable: 'MEMCACHED', file: 'memcached', package: 'memcached' },
  postgres: { variable: 'POSTGRES', file: 'postgres', folders: postgresFolders(), package: 'postgresql' },
  mariadb: { variable: 'MARIADBD', file: 'mariadbd', folders: ['/usr/sbin'], package: 'mariadb-server' },
  firefox: { variable: 'FIREFOX', file: 'firefox-esr', others: otherFirefoxes, package: 'firefox-esr' },
  webkit: { variable: 'WEBKIT_DRIVER', file: 'WebKitWebDriver', package: 'webkit2gtk-driver' },
  xvfb: { variable: 'XVFB', file: 'Xvfb', package: 'xvfb' },
}

/** Path of the program, which is installed first where there is none. @param {keyof typeof programs} name */
export function ensureProgram(name) {
  const found = find(name)
  if (found) return found
  const { package: wanted, variable, file } = programs[name]
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write(`Installing ${wanted} …\n`)
    // Debian's packages would start servers of their own on the standard ports.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    spawnSync('apt-get', ['update'], { stdio: 'ignore' })
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', wanted], { stdio: 'ignore', env })
    if (name === 'postgres') programs.postgres.folders = postgresFolders()
  }
  const installed = find(name)
  if (!installed)
    throw new Error(`No ${file}. Install it (Debian: apt install ${wanted}), or name one: ${variable}=/path/to/${file}`)
  return installed
}

/** The first that exists: the one named by its variable, one on the PATH, one where systems put it. */
function find(name) {
  const { variable, file, folders = [], others = [] } = programs[name]
  const places = [...(process.env.PATH ?? '').split(delimiter), ...folders].map((folder) => join(folder, file))
  return [process.env[variable], ...places, ...others].find((path) => path && existsSync(path))
}

/** Debian keeps PostgreSQL's programs out of the PATH, by version. */
function postgresFolders() {
  const versions = '/usr/lib/postgresql'
  return existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : []
}
