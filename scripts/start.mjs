/** `npm start`: installs and builds what is missing, then serves the examples. */
import { spawn } from 'node:child_process'
import { build, install, root } from './prepare.mjs'

install()
build()
const server = spawn(process.execPath, ['dist/examples/server.js'], { cwd: root, stdio: 'inherit' })
// A terminal sends Ctrl+C to both processes. The server closes in its own time, and this one ends with it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => server.kill('SIGTERM'))
server.on('exit', (code) => process.exit(code ?? 1))
