import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** A program that a test has started. */
export interface Program {
  /** The first match in a line that it prints; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** The promise, or a rejection with the program's last words when it ends before. */
  alive<T>(promise: Promise<T>): Promise<T>
  /** Ends it and all that it has started. May be called twice. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Starts it in a process group of its own, which can be ended as a whole. */
export function startProgram(path: string, args: string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(path, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  const closed = once(child, 'close')
  const died = closed.then(
    ([code, signal]) => {
      throw new Error(`${path} ended with ${signal ?? code}:\n${lines.slice(-15).join('\n')}`)
    },
    (error) => {
      throw new Error(`${path} did not start: ${error.message}`)
    },
  )
  died.catch(() => {})
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, signal)
    } catch {
      // Nobody of the group is left.
    }
  }
  const killNow = () => kill('SIGKILL')
  process.once('exit', killNow)
  // What it has started may outlive it, and would hold its output open.
  child.once('exit', killNow)
  return {
    says(pattern) {
      const match = new Promise<RegExpExecArray>((resolve) => {
        const look = (line: string) => {
          const match = pattern.exec(line)
          if (match) resolve(match)
        }
        lines.forEach(look)
        listeners.add(look)
      })
      return Promise.race([match, died])
    },
    alive: (promise) => Promise.race([promise, died]),
    async end(signal = 'SIGKILL') {
      process.off('exit', killNow)
      kill(signal)
      await died.catch(() => {})
    },
  }
}

/** For a program that takes no port 0. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
