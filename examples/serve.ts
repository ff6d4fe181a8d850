import type { Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { PatellaError } from 'patella'

/**
 * Runs a server of the gallery: PORT, addresses, signals. A taken port ends the process with one line that says so; the
 * first SIGINT or SIGTERM closes in good order, a second ends at once.
 */
export async function serve(name: string, listen: (port: number) => Promise<Server>, close: () => Promise<void>) {
  let server: Server
  try {
    server = await listen(Number(process.env.PORT ?? 3000))
  } catch (error) {
    if (!(error instanceof PatellaError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
    return close()
  }
  process.stdout.write(`\n  Patella's examples on ${name}\n\n${addressesOf(server).join('')}\n`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, close)
}

function addressesOf(server: Server): string[] {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : address
  const network = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
  return [
    `  Local:    http://localhost:${port}/\n`,
    ...network.map((found) => `  Network:  http://${found.address}:${port}/\n`),
  ]
}
