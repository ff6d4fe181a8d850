import { once } from 'node:events'
import { WebSocket } from 'ws'

/** A connection of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */
export interface Bidi {
  /**
   * Resolves with the command's result; rejects with the browser's error. When the connection ends before, it does
   * neither: what is wrong then is known to whoever started the browser.
   */
  send(method: string, params?: object): Promise<any>
  /** Calls back with the parameters of each such event. Returns its off. */
  on(method: string, listener: (params: any) => void): () => void
  close(): void
}

interface Command {
  resolve(result: unknown): void
  reject(error: Error): void
}

export async function connectBidi(url: string): Promise<Bidi> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  await once(socket, 'open')
  const commands = new Map<number, Command>()
  const listeners = new Map<string, Set<(params: unknown) => void>>()
  let last = 0

  socket.on('error', () => {})
  socket.on('message', (data) => {
    const { type, id, result, method, params, error, message } = JSON.parse(String(data))
    if (type === 'event') for (const listener of listeners.get(method) ?? []) listener(params)
    const command = commands.get(id)
    commands.delete(id)
    if (type === 'error') command?.reject(new Error(`${error}: ${message}`))
    else command?.resolve(result)
  })

  return {
    send(method, params = {}) {
      return new Promise((resolve, reject) => {
        commands.set(++last, { resolve, reject })
        socket.send(JSON.stringify({ id: last, method, params }), () => {})
      })
    },
    on(method, listener) {
      const all = listeners.get(method) ?? new Set()
      listeners.set(method, all.add(listener))
      return () => void all.delete(listener)
    },
    close: () => socket.terminate(),
  }
}
