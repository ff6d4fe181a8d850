import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureProgram } from '../../scripts/programs.mjs'
import { certify } from '../../scripts/services/certificate.mjs'

export interface Nginx {
  /** `https://localhost:PORT` */
  readonly origin: string
  stop(): Promise<void>
}

/** The configuration of the documents, as it is printed, with a test's ports in it. */
export const documented = readFileSync('docs/nginx.conf', 'utf8')

/** Starts an nginx of its own, in a folder of its own, in front of the app's processes. */
export async function startNginx(config: string, ...appPorts: number[]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'patella-nginx-'))
  const port = await freePort()
  const server = config
    .replace(/^ *server 127\.0\.0\.1:3000( .*;)$/m, (_, rest) =>
      appPorts.map((app) => `server 127.0.0.1:${app}${rest}`).join('\n'),
    )
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('listen [::]:443 ssl', `listen [::1]:${port} ssl`)
    .replace('server_name app.example.com', 'server_name localhost')
    .replaceAll('/etc/ssl/app.example.com.', `${folder}/localhost.`)
  certify(folder)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
     events { worker_connections 512; }
     http {
       access_log off;
       ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
       proxy_cache_path ${folder}/cache keys_zone=pages:1m;
       ${server}
     }`,
  )
  const child = spawn(
    ensureProgram('nginx'),
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    {
      stdio: 'ignore',
    },
  )
  const ended = once(child, 'exit')
  await Promise.race([listening(port), ended]).then((early) => {
    if (early) throw new Error(`nginx ended:\n${readFileSync(join(folder, 'error.log'), 'utf8')}`)
  })
  return {
    origin: `https://localhost:${port}`,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves when something listens: a connection is tried again as soon as one was refused. */
function listening(port: number): Promise<undefined> {
  return new Promise((resolve) => {
    const attempt = () => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(undefined)
      })
      socket.once('error', () => setTimeout(attempt, 10))
    }
    attempt()
  })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return (address as { port: number }).port
}
