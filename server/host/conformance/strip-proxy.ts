import { createServer, request as send } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

/** A reverse proxy that takes `prefix` off every path, of upgrades as well; the rest it passes on as it is. */
export async function startStripProxy(
  target: string,
  prefix: string,
): Promise<{ origin: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(target)
  const stripped = (url = '/') => (url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : url)

  const server = createServer((request, response) => {
    const { method, headers } = request
    const asked = send({ hostname, port, method, headers, path: stripped(request.url), agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    asked.on('error', () => response.destroy())
    request.pipe(asked)
  })

  server.on('upgrade', (request, client, head) => {
    const upstream = connect(Number(port), hostname)
    const lines = request.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    upstream.write(`GET ${stripped(request.url)} HTTP/1.1\r\n${lines.join('')}\r\n`)
    upstream.write(head)
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy())
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void server.close(() => resolve()).closeIdleConnections()),
  }
}
