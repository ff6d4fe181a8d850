import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The two servers that carry the same examples. */
export const hosts = { patella: 'dist/examples/server.js', express: 'dist/examples/express.js' }
export type Host = keyof typeof hosts

export interface Child {
  readonly port: number
  /** Sends SIGTERM and waits for the end; resolves with the exit code. */
  stop(): Promise<number | null>
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<unknown>
  /** Resolves when it has printed such a line so often. */
  says(line: string, times?: number): Promise<void>
}

export interface Start {
  /** A free one by default. */
  port?: number | undefined
  env?: NodeJS.ProcessEnv
}

/** Starts one of the gallery's built servers and resolves once it says its address. */
export async function startServer(file: string, { port = 0, env }: Start = {}): Promise<Child> {
  const child = spawn(process.execPath, [file], {
    env: { ...process.env, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const lines = linesOf(child)
  return {
    port: await addressOf(child),
    signal: (signal) => void child.kill(signal),
    ended,
    says: lines.says,
    async stop() {
      child.kill('SIGTERM')
      return (await ended)[0] as number | null
    },
  }
}

function linesOf(child: ChildProcess): Pick<Child, 'says'> {
  let output = ''
  const looking = new Set<() => void>()
  child.stdout?.on('data', (chunk) => {
    output += chunk
    for (const look of looking) look()
  })
  return {
    says: (line, times = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (output.split('\n').filter((one) => one === line).length < times) return
          looking.delete(look)
          resolve()
        }
        looking.add(look)
        look()
      }),
  }
}

/** The port that it prints. When it ends instead, what it printed is the error. */
function addressOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (chunk: Buffer) => {
      output += chunk
      const address = /http:\/\/localhost:(\d+)\//.exec(output)
      if (address) resolve(Number(address[1]))
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)))
  })
}
