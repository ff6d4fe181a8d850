import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate for this machine's own names, good for a day: `localhost.key` and `localhost.pem`. @param {string} folder */
export function certify(folder) {
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
  const files = ['-keyout', join(folder, 'localhost.key'), '-out', join(folder, 'localhost.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  execFileSync('openssl', ['req', ...kind, '-subj', '/CN=localhost', '-addext', names, ...files], { stdio: 'ignore' })
}
