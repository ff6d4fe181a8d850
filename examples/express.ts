import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import express from 'express'
import { createPatella, PatellaError } from 'patella'
import { mountOnExpress, options } from './gallery.ts'
import { serve } from './serve.ts'

const patella = createPatella(options)
const app = express()
app.disable('x-powered-by')
mountOnExpress(app, patella)
const server = createServer(app)
patella.attach(server)
serve('Express', listen, close)

async function listen(port: number): Promise<Server> {
  server.listen(port)
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new PatellaError('port_taken', { port })
    throw error
  }
  return server
}

async function close(): Promise<void> {
  server.close()
  await patella.close()
}
