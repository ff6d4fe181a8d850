import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPatella, type Patella, type PatellaOptions } from 'patella'
import { type HostSetup, type HostUnderTest, hostPage } from 'patella/conformance'
import { WebSocketServer } from 'ws'

/** One of a setup's apps. */
export interface AppUnderTest {
  /** Where the outermost app mounts it. */
  readonly mount: string
  /** What is before its paths, as the browser sees it. */
  readonly base: string
  readonly patella: Patella
}

export function createApps({ mounts, options }: HostSetup, more: PatellaOptions = {}): AppUnderTest[] {
  return mounts.map((mount) => {
    const base = mount || (options.basePath ?? '')
    const patella = createPatella({ secret: 'x'.repeat(32), ...options, ...more, basePath: base })
    patella.page('/own', ({ session, locals }) => {
      const headers = { 'content-type': 'text/html', 'set-cookie': 'seen=1' }
      return new Response(hostPage(session, locals), { headers })
    })
    return { mount, base, patella }
  })
}

export function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

/** The host, once its server listens. */
export function underTest(
  server: Server,
  apps: readonly AppUnderTest[],
  { attach, echo }: HostSetup,
  close = () => closeServer(server),
): HostUnderTest {
  if (attach) for (const { patella } of apps) patella.attach(server)
  if (echo) echoOn(server)
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drain: async () => void (await Promise.all(apps.map(({ patella }) => patella.close()))),
    close,
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}

function echoOn(server: Server): void {
  const echo = new WebSocketServer({ server, path: '/echo' })
  echo.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))))
}
