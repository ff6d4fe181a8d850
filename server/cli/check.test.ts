import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createBrowser } from './browser.ts'
import { isWithin, refusalOf } from './check-cookie.ts'
import { scriptOf } from './check-page.ts'
import { runCommand } from './commands.ts'
import { remedies } from './remedies.ts'

async function call(...args: string[]) {
  let text = ''
  const output = { write: (more: string) => (text += more) }
  return { code: await runCommand(args, output, output), text }
}

describe('the command line', () => {
  it.each([[[]], [['--help']], [['check', '--help']], [['check', '-h']]])('%j prints its help', async (args) => {
    const { code, text } = await call(...args)
    expect(code).toBe(0)
    expect(text).toMatch(/^Usage: npx --no-install patella/)
    expect(text).toMatch(/\nExamples:\n {2}npx --no-install patella check http[\s\S]*\nExit codes:/)
  })

  it.each([
    [['chek'], 'no command "chek"'],
    [['check'], 'give one address'],
    [['check', 'localhost'], 'give one address'],
    [['check', 'http://a/', 'http://b/'], 'give one address'],
    [['check', 'http://a/', '--idle', 'long'], '--idle takes a number'],
    [['check', 'http://a/', '--slow'], "unknown option '--slow'"],
  ])('%j is called wrongly', async (args, message) => {
    const { code, text } = await call(...args)
    expect(code).toBe(2)
    expect(text).toContain(message)
    expect(text.trim().split('\n')).toHaveLength(1)
  })

  it('says that nothing answers, as JSON too', async () => {
    const { code, text } = await call('check', 'http://127.0.0.1:9/', '--json')
    expect(code).toBe(2)
    expect(JSON.parse(text)).toMatchObject({ step: 'page', ok: false, unreachable: true })
  })
})

it.each([401, 403])('a page that answers %i may be behind a login', async (status) => {
  const server = createServer((_, response) => response.writeHead(status).end())
  const { code, text } = await call('check', await open(server), '--json')
  expect([code, JSON.parse(text)]).toMatchObject([1, { step: 'page', ok: false, remedy: remedies.login }])
})

it('somebody else, who is asked about a shared cookie, comes with none', async () => {
  const cookies: unknown[] = []
  const server = createServer((request, response) => {
    cookies.push(request.headers.cookie)
    response.end()
  })
  const url = new URL(await open(server))
  const browser = createBrowser({ cookie: 'user=ann', insecure: false, timeoutMs: 10_000 })
  await browser.ask(url)
  await browser.fresh().ask(url)
  expect(cookies).toEqual(['user=ann', undefined])
})

/** Serves a page with the script's tag, and whatever else as said. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/')
      response.setHeader('content-type', 'text/html').end('<script src="/patella/client.js" defer></script>')
    else answer(request, response)
  })
  server.on('upgrade', (_request, socket) => socket.destroy())
  return open(server)
}

async function open(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('tells of a step that breaks, and ends', () => {
  it.each([
    ['resets the connection', (request: IncomingMessage) => request.socket.destroy()],
    ['never answers', () => {}],
    [
      'answers a script that is none',
      (_: IncomingMessage, response: ServerResponse) => response.end('self.Patella={a};'),
    ],
  ])('something on the way %s', async (_, answer) => {
    const { code, text } = await call('check', await serve(answer), '--json', '--timeout', '0.2')
    expect(code).toBe(1)
    const findings = text.trim().split('\n')
    expect(findings.map((line) => JSON.parse(line))).toMatchObject([
      { step: 'page', ok: true },
      { step: 'script', ok: false, remedy: remedies.broken },
    ])
  })
})

it.each([
  ['<script src="/patella/client.js" defer>', 'https://a.test/patella/client.js'],
  [
    "<script defer src='/shop/patella/client-Zk3_9aQ-x1LmN0pQ.js' integrity=x>",
    'https://a.test/shop/patella/client-Zk3_9aQ-x1LmN0pQ.js',
  ],
  ['<script src=/patella/client.js></script>', 'https://a.test/patella/client.js'],
  ['<script src="/app/client-side.js"></script>', undefined],
])('finds the script in %s', (html, url) => {
  expect(scriptOf(html, new URL('https://a.test/page'))?.href).toBe(url)
})

it.each([
  ['/', '/', true],
  ['/shop', '/', true],
  ['/shop', '/shop', true],
  ['/shop/cart', '/shop', true],
  ['/shop/cart', '/shop/', true],
  ['/shopping', '/shop', false],
  ['/', '/shop', false],
])('%s has the cookie of %s: %s', (pathname, path, within) => {
  expect(isWithin(pathname, path)).toBe(within)
})

const page = new URL('https://shop.test/')
it.each([
  ['http://shop.test', '', remedies.proto],
  ['https://app:3000', '', remedies.host],
  ['http://app:3000', '', remedies.host],
  ['http://shop.test', ' (X-Forwarded-Proto: https came along and was not trusted)', remedies.untrusted],
  ['https://shop.test', '', remedies.origin],
])('reads from a refusal that the app believes to be %s%s', (own, forwarded, remedy) => {
  const body = `origin_refused: A page of https://shop.test asked for ${own}, which is where this app believes it is. …${forwarded}.`
  expect(refusalOf(body, page)?.remedy).toBe(remedy)
})
