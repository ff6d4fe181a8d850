import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** The two servers that carry the same examples. */
export const hosts = { patella: 'dist/examples/server.js', express: 'dist/examples/express.js' }
export type Host = keyof typeof hosts

export interface Child {
  readonly port: number
  /** Sends SIGTERM and waits for the end; resolves with the exit code. */
  stop(): Promise<number | null>
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
  return {
    port: await addressOf(child),
    async stop() {
      child.kill('SIGTERM')
      return (await ended)[0] as number | null
    },
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
