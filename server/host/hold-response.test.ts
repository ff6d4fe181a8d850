import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import express, { type NextFunction, type Request, type Response } from 'express'
import { describe, expect, test } from 'vitest'
import { PatellaError } from '../../protocol/errors.ts'
import { holdResponse } from './hold-response.ts'
import { createRefuse } from './refusal.ts'

const log: string[] = []
const line = (text: string) => void log.push(text)
const refuse = createRefuse(true, { debug: line, info: line, warn: line, error: line })

function hold(response: ServerResponse, beforeHeaders: () => void | Promise<void>): void {
  holdResponse(response, beforeHeaders, refuse)
}

const large = 'x'.repeat(1_000_000)

/** Sets a cookie late, as a store that is asked over the network does. */
async function later(response: ServerResponse): Promise<void> {
  await nextTurn()
  response.appendHeader('set-cookie', 'late=1')
}

describe.each([
  ['at once', (response: ServerResponse) => void response.appendHeader('set-cookie', 'late=1')],
  ['later', later],
])('what is set %s goes out with the headers', (_when, setCookie) => {
  const answers: [name: string, answer: (response: ServerResponse) => unknown, expected: Partial<Answer>][] = [
    ['end', (response) => response.end('x'), { body: 'x' }],
    ['end without a body', (response) => response.end(), { body: '' }],
    ['write and end', (response) => [response.write('x'), response.end('y')], { body: 'xy' }],
    ['flushHeaders', (response) => [response.flushHeaders(), response.end('x')], { body: 'x' }],
    ['a stream', (response) => Readable.from(['a', large, 'b']).pipe(response), { body: `a${large}b` }],
    ['a pipeline', (response) => pipeline(Readable.from([large, 'b']), response), { body: `${large}b` }],
    ['an encoding', (response) => response.end('eHl6', 'base64'), { body: 'xyz' }],
    ['204', (response) => response.writeHead(204).end(), { status: 204, body: '' }],
    ['304', (response) => response.writeHead(304).end(), { status: 304, body: '' }],
    [
      'a status message',
      (response) => response.writeHead(404, 'Nowhere').end('x'),
      { status: 404, message: 'Nowhere' },
    ],
  ]

  test.each(answers)('%s', async (_name, answer, expected) => {
    let calls = 0
    const got = await ask((_request, response) => {
      hold(response, () => {
        calls++
        return setCookie(response)
      })
      answer(response)
    })
    expect(got).toMatchObject({ status: 200, ...expected })
    expect(got.headers['set-cookie']).toEqual(['late=1'])
    expect(calls).toBe(1)
  })

  test.each([
    ['an object', { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] }],
    ['a list', ['X-A', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']],
    [
      'pairs',
      [
        ['X-A', '1'],
        ['Set-Cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    ],
  ])('beside headers given to writeHead as %s', async (_form, headers) => {
    for (const head of [
      [201, headers],
      [201, 'Made', headers],
    ] as [number, never][]) {
      const got = await ask((_request, response) => {
        response.setHeader('x-a', '0').setHeader('x-b', '2').setHeader('set-cookie', 'replaced=1')
        hold(response, () => setCookie(response))
        expect(response.writeHead(...head)).toBe(response)
        response.end('x')
      })
      expect(got).toMatchObject({
        status: 201,
        message: head.includes('Made' as never) ? 'Made' : 'Created',
        body: 'x',
      })
      expect(got.headers).toMatchObject({ 'x-a': '1', 'x-b': '2', 'set-cookie': ['a=1', 'b=2', 'late=1'] })
    }
  })

  test('under Express, whatever it answers with', async () => {
    const app = express()
    app.use((_request, response, next) => {
      hold(response, () => setCookie(response))
      next()
    })
    app.get('/json', (_request, response) => void response.cookie('a', '1').json({ a: 1 }))
    app.get('/redirect', (_request, response) => response.redirect('/json'))
    app.get('/file', (_request, response) => response.sendFile(import.meta.filename))
    app.get('/throws', () => {
      throw new Error('no')
    })
    app.use(
      (_error: Error, _request: Request, response: Response, _next: NextFunction) =>
        void response.status(500).send('oops'),
    )
    const json = await ask(app, '/json')
    expect(json).toMatchObject({ status: 200, body: '{"a":1}' })
    expect(json.headers['set-cookie']).toEqual(['a=1; Path=/', 'late=1'])
    expect(json.headers['content-length']).toBe('7')
    const others = await Promise.all(['/redirect', '/file', '/throws', '/missing'].map((path) => ask(app, path)))
    expect(others.map(({ status }) => status)).toEqual([302, 200, 500, 404])
    for (const { headers } of others) expect(headers['set-cookie']).toEqual(['late=1'])
    expect(others[1]?.body).toContain('whatever it answers with')
    const head = await ask(app, '/json', { method: 'HEAD' })
    expect(head).toMatchObject({ status: 200, body: '' })
    expect(head.headers).toMatchObject({ 'content-length': '7', 'set-cookie': ['a=1; Path=/', 'late=1'] })
    const unchanged = await ask(app, '/json', { headers: { 'if-none-match': String(json.headers.etag) } })
    expect(unchanged).toMatchObject({ status: 304, body: '' })
  })

  test('below middleware that compresses', async () => {
    const app = express().use((_request, response, next) => {
      hold(response, () => setCookie(response))
      compress(response)
      next()
    })
    app.get('/', (_request, response) => void response.send(large))
    app.get('/stream', (_request, response) => void Readable.from([large, 'b']).pipe(response))
    for (const [path, body] of [
      ['/', large],
      ['/stream', `${large}b`],
    ] as const) {
      const got = await ask(app, path)
      expect(got.headers).toMatchObject({ 'content-encoding': 'gzip', 'set-cookie': ['late=1'] })
      expect(got.body === body).toBe(true)
    }
  })
})

describe('while the response is held', () => {
  test('it looks as if its headers were out, and callbacks come in order', async () => {
    const seen: unknown[] = []
    const got = await ask((_request, response) => {
      hold(response, () => later(response))
      response.on('drain', () => seen.push('drain'))
      seen.push(response.headersSent, response.writableEnded)
      seen.push(
        response.write('a', () => seen.push('a written')),
        response.headersSent,
        response.writableEnded,
      )
      response.write(Buffer.from('b'), () => seen.push('b written'))
      response.end('c', () => seen.push('ended'))
      seen.push(response.headersSent, response.writableEnded)
    })
    expect(got.body).toBe('abc')
    expect(seen).toEqual([false, false, false, true, false, true, true, 'a written', 'b written', 'ended'])
  })

  test('a write that was held is followed by drain', async () => {
    const got = await ask(async (_request, response) => {
      hold(response, () => later(response))
      expect(response.write('a')).toBe(false)
      response.once('drain', () => response.end('b'))
    })
    expect(got.body).toBe('ab')
  })

  test('headers that are asked for again are under way; others are refused', async () => {
    const got = await ask((_request, response) => {
      hold(response, () => later(response))
      response.writeHead(201, { 'x-a': '1' })
      expect(response.writeHead(201)).toBe(response)
      expect(() => response.writeHead(200)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      response.end('x')
    })
    expect(got).toMatchObject({ status: 201, body: 'x' })
  })

  test('what Node refuses ends the connection', async () => {
    const answer = ask((_request, response) => {
      hold(response, () => later(response))
      response.end(1 as never)
    })
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/)
  })

  test('a client may leave', async () => {
    const closed = await leave((response, left) => {
      hold(response, async () => {
        await left
        response.appendHeader('set-cookie', 'late=1')
      })
      response.write('x')
      response.end('y')
    })
    expect(closed).toBe(true)
  })
})

test('nothing is delayed when nothing is waited for', async () => {
  const got = await ask((_request, response) => {
    hold(response, () => undefined)
    expect(response.write('a')).toBe(true)
    expect(response.socket?.bytesWritten === 0 && !response.headersSent).toBe(false)
    response.end('b')
    expect(response.finished).toBe(true)
  })
  expect(got.body).toBe('ab')
})

test('a response that closes before it says anything is no matter', async () => {
  let calls = 0
  await leave((response) => hold(response, () => void calls++))
  expect(calls).toBe(0)
})

describe.each([
  [
    'at once',
    (error: unknown) => {
      throw error
    },
  ],
  [
    'later',
    async (error: unknown) => {
      await nextTurn()
      throw error
    },
  ],
])('an error %s', (_when, fail) => {
  test.each([
    ['of ours', new PatellaError('session_conflict'), 409, /^session_conflict: /],
    ['of another', new Error('secret'), 500, /^Internal Server Error: internal_error \S+\n$/],
  ])('%s is the answer, and what was to go out is not', async (_whose, error, status, body) => {
    const told: unknown[] = []
    const app = express().use((_request, response, next) => {
      hold(response, () => fail(error))
      next()
    })
    app.get('/send', (_request, response) => void response.cookie('a', '1').send('<p>secret'))
    app.get('/stream', (_request, response) => void Readable.from([large, large]).pipe(response))
    app.get('/head', (_request, response) => {
      response.writeHead(200, 'Fine', { 'content-length': 3, 'content-encoding': 'gzip' })
      response.write('abc', (reason) => told.push(reason))
      response.end((reason?: unknown) => told.push(reason))
    })
    for (const path of ['/send', '/stream', '/head']) {
      const got = await ask(app, path)
      expect(got).toMatchObject({ status, body: expect.stringMatching(body) })
      expect(got.message).not.toBe('Fine')
      expect(got.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
      expect(Object.keys(got.headers)).not.toEqual(expect.arrayContaining(['set-cookie']))
      expect(got.headers['content-encoding']).toBeUndefined()
    }
    expect(told).toEqual([error, error])
    expect(await ask(app, '/send', { method: 'HEAD' })).toMatchObject({ status, body: '' })
  })

  test('below middleware that compresses, the answer is plain', async () => {
    const got = await ask((_request, response) => {
      hold(response, () => fail(new Error('no')))
      compress(response)
      response.end(large)
    })
    expect(got).toMatchObject({
      status: 500,
      body: expect.stringMatching(/^Internal Server Error: internal_error \S+\n$/),
    })
  })
})

interface Answer {
  status: number
  message: string
  headers: IncomingMessage['headers']
  body: string
}

/** One request to the listener over a real connection; a gzipped body is unpacked. */
async function ask(listener: RequestListener, path = '/', options: object = {}): Promise<Answer> {
  return withServer(listener, (port) => {
    return new Promise<Answer>((resolve, reject) => {
      const asked = httpRequest({ port, path, ...options }, async (response) => {
        const zipped = response.headers['content-encoding'] === 'gzip'
        const { statusCode: status = 0, statusMessage: message = '', headers } = response
        const body = await text(zipped ? response.pipe(createGunzip()) : response)
        resolve({ status, message, headers, body })
      })
      asked.on('error', reject).end()
    })
  })
}

/** A client that leaves once the listener ran; resolves when the response has closed. */
async function leave(listener: (response: ServerResponse, left: Promise<unknown>) => void): Promise<boolean> {
  let closed: Promise<boolean> | undefined
  const handle: RequestListener = (request, response) => {
    closed = new Promise((resolve) => response.once('close', () => resolve(true)))
    listener(response, closed)
    request.socket.emit('handled')
  }
  return withServer(handle, async (port, server) => {
    const client = connect(port).on('error', () => undefined)
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await new Promise((resolve) => server.once('request', resolve))
    client.destroy()
    return closed ?? false
  })
}

async function withServer<T>(
  listener: RequestListener,
  use: (port: number, server: ReturnType<typeof createServer>) => Promise<T>,
): Promise<T> {
  const server = createServer(listener).listen(0)
  try {
    return await use((server.address() as AddressInfo).port, server)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** As the compression middleware does it: decides when the headers go out, and writes through a stream of its own. */
function compress(response: ServerResponse): void {
  const { write, end, writeHead } = response
  const zip = createGzip()
  let decided = false
  zip.on('data', (chunk) => {
    if (write.call(response, chunk, 'utf8') === false) zip.pause()
  })
  zip.on('end', () => void (end as () => void).call(response))
  zip.on('drain', () => response.emit('drain'))
  response.on('drain', () => zip.resume())
  const decide = () => {
    if (!response.headersSent) response.writeHead(response.statusCode)
  }
  Object.assign(response, {
    writeHead(...head: Parameters<typeof writeHead>) {
      if (!decided) response.removeHeader('content-length')
      if (!decided) response.setHeader('content-encoding', 'gzip')
      decided = true
      return writeHead.apply(response, head)
    },
    write(chunk: string | Buffer) {
      decide()
      return zip.write(chunk)
    },
    end(chunk?: string | Buffer) {
      decide()
      zip.end(chunk)
      return response
    },
  })
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
