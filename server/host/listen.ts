import { createServer, type RequestListener, type Server } from 'node:http'
import { PatellaError } from '../../protocol/errors.ts'

/** Starts an HTTP server and gives it back once it listens; a taken port is an error with the remedy. */
export function listen(listener: RequestListener, port: number, host: string | undefined): Promise<Server> {
  const server = createServer(listener)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PatellaError('port_taken', { port }, { cause: error }) : error)
    })
    server.listen(port, host, () => resolve(server))
  })
}
