/**
 * Servers for tests: private copies on free ports of the loopback address, with data in a folder that goes with them. Never
 * one that is running already.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Service
 * @property {number} port
 * @property {string} url
 * @property {string} folder its data; gone after `stop`
 * @property {(signal: NodeJS.Signals) => void} signal SIGSTOP freezes it, and it stands still by then; SIGCONT wakes it
 * @property {() => Promise<void>} kill SIGKILL; its data stay
 * @property {() => Promise<void>} start again on the same port, after `kill`
 * @property {() => Promise<void>} stop for good
 */

/**
 * @param {string} name
 * @param {(place: { port: number, folder: string }) => { url: string, command: string[], options?: object, ready?: RegExp }} plan
 * @returns {Promise<Service>}
 */
export async function startService(name, plan) {
  const folder = mkdtempSync(join(tmpdir(), `patella-${name}-`))
  const port = await freePort()
  const { url, command, options, ready } = plan({ port, folder })
  let child
  let ended

  const start = async () => {
    const [program, ...args] = command
    child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output = (output + chunk).slice(-4_000)))
    ended = once(child, 'exit').then(([code]) => {
      child = undefined
      return new Error(`${name} ended with ${code}:\n${output}`)
    })
    await answering(port, ended, () => !ready || ready.test(output))
  }
  const end = async (signal) => {
    child?.kill(signal)
    // A frozen process hears of it when it is woken.
    child?.kill('SIGCONT')
    await ended
  }
  const onExit = () => child?.kill('SIGKILL')
  process.on('exit', onExit)
  await start()
  return {
    port,
    url,
    folder,
    signal(signal) {
      child?.kill(signal)
      if (signal === 'SIGSTOP') while (!standsStill(child?.pid));
    },
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGKILL')
      process.off('exit', onExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Resolves once it takes connections and has said so; rejects when the process ends before. */
async function answering(port, ended, ready) {
  let over
  void ended.then((error) => (over = error))
  while (!ready() || !(await accepts(port))) {
    if (over) throw over
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (answer) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', done(true)).once('error', done(false))
  })
}

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** @param {string} program @param {string[]} args @param {object} [options] */
export function run(program, args, options) {
  const stdio = ['ignore', 'ignore', 'pipe']
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio, ...options })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`)
}

/** Whether every thread of a process does, where the system tells: a signal arrives a moment after it was sent. */
function standsStill(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.every((thread) => /\) [Tt] /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')))
  } catch {
    return true
  }
}
