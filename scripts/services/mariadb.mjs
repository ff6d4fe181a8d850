import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureProgram } from '../programs.mjs'
import { run, startService } from './service.mjs'

/** @typedef {import('./service.mjs').Service} Service */

/** @param {string[]} options of mariadbd's command line @returns {Promise<Service>} */
export function startMariadb(...options) {
  const program = ensureProgram('mariadb')
  return startService('mariadb', ({ port, folder }) => {
    const data = join(folder, 'data')
    const user = process.getuid?.() === 0 ? ['--user=root'] : []
    const init = join(folder, 'init.sql')
    writeFileSync(
      init,
      "CREATE DATABASE IF NOT EXISTS patella;\nCREATE USER IF NOT EXISTS 'patella'@'%';\nGRANT ALL ON *.* TO 'patella'@'%';\n",
    )
    run('mariadb-install-db', [
      '--no-defaults',
      `--datadir=${data}`,
      ...user,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ])
    const paths = [`--datadir=${data}`, `--socket=${folder}/sock`, `--pid-file=${folder}/pid`, `--init-file=${init}`]
    const small = ['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=16M', '--skip-name-resolve']
    return {
      url: `mysql://patella@127.0.0.1:${port}/patella`,
      command: [
        program,
        '--no-defaults',
        ...user,
        ...paths,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        ...small,
        ...options,
      ],
      ready: /ready for connections/,
    }
  })
}
