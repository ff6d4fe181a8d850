import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import express, { type NextFunction, type Request, type Response } from 'express'
import { describe, expect, test } from 'vitest'
import { dispatch, markOf, type PageRequest } from './dispatch.ts'

const mark = { tab: 1 }

describe('the request', () => {
  test('is a GET with the headers of the tab, and no other', async () => {
    const seen = await seenBy(pageOf({ cookie: 'a=1; b=2', language: 'de', userAgent: 'Test/1' }))
    expect(seen.method).toBe('GET')
    expect(seen.url).toBe('/x?y=1')
    expect(seen.httpVersion).toBe('1.1')
    expect(seen.headers).toEqual({
      host: 'app.example',
      accept: 'text/html',
      'accept-encoding': 'identity',
      cookie: 'a=1; b=2',
      'accept-language': 'de',
      'user-agent': 'Test/1',
    })
    expect(seen.headersDistinct.cookie).toEqual(['a=1; b=2'])
    expect(seen.rawHeaders.slice(0, 2)).toEqual(['host', 'app.example'])
    expect(Object.keys((await seenBy(pageOf())).headers)).toEqual(['host', 'accept', 'accept-encoding'])
  })

  test('has no body', async () => {
    const app = express().use(express.json(), express.urlencoded(), async (request, response) => {
      let bytes = 0
      for await (const chunk of request) bytes += chunk.length
      response.json({ bytes, body: request.body ?? null })
    })
    expect(JSON.parse((await dispatch(app, pageOf())).body)).toEqual({ bytes: 0, body: null })
  })

  test('carries its mark under a symbol, and a plain property for loggers', async () => {
    const seen = await seenBy(pageOf())
    expect(markOf(seen)).toBe(mark)
    expect(seen).toHaveProperty('patella', { rerender: true })
    expect(markOf({ headers: { 'patella-rerender': '1' }, patella: { rerender: true } } as never)).toBeUndefined()
  })

  test('tells Express the address, scheme and locals', async () => {
    const app = express().use((request, response) => {
      response.json([request.ip, request.protocol, request.secure, request.hostname, response.locals.user])
    })
    const page = pageOf({ scheme: 'https', address: '203.0.113.7', locals: { user: 'ada' } })
    expect(JSON.parse((await dispatch(app, page)).body)).toEqual(['203.0.113.7', 'https', true, 'app.example', 'ada'])
  })
})

describe('the answer', () => {
  test('has status, headers and body, decoded as UTF-8', async () => {
    const answer = await dispatch(
      express().use((_request, response) => void response.status(201).send('<p>ü😀')),
      pageOf(),
    )
    expect(answer).toMatchObject({ status: 201, body: '<p>ü😀', setCookie: [] })
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'content-length': '9' })
  })

  test('in pieces, in any encoding and across characters', async () => {
    const bytes = Buffer.from('ü😀')
    const listener: RequestListener = (_request, response) => {
      response.write('\ufeff<p>')
      response.write(Buffer.from('c3a4', 'hex').toString('latin1'), 'latin1')
      for (const byte of bytes) response.write(new Uint8Array([byte]))
      response.end('PGI+', 'base64')
    }
    expect((await dispatch(listener, pageOf())).body).toBe('<p>äü😀<b>')
  })

  test.each([
    ['an object', (response: ServerResponse) => response.writeHead(200, { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] })],
    [
      'a list',
      (response: ServerResponse) =>
        response.writeHead(200, 'OK', ['X-A', '1', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2']),
    ],
    [
      'pairs',
      (response: ServerResponse) =>
        response.writeHead(200, [
          ['X-A', '1'],
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ] as never),
    ],
  ])('has the headers that writeHead got as %s', async (_name, head) => {
    const answer = await dispatch((_request, response) => head(response).end('x'), pageOf())
    expect(answer.headers['x-a']).toBe('1')
    expect(answer.setCookie).toEqual(['a=1', 'b=2'])
  })

  test('of a redirect, an error and no content is data as any other', async () => {
    const app = express()
    app.get('/redirect', (_request, response) => response.redirect('/login'))
    app.get('/none', (_request, response) => void response.status(204).end())
    app.get('/not-modified', (_request, response) => void response.status(304).end('x'))
    app.get('/json', (_request, response) => void response.json({ a: 1 }))
    app.get('/throws', () => {
      throw new Error('no')
    })
    app.get('/rejects', async () => Promise.reject(new Error('no')))
    app.use(
      (_error: Error, _request: Request, response: Response, _next: NextFunction) =>
        void response.status(500).send('oops'),
    )
    const answers = ['/redirect', '/none', '/not-modified', '/json', '/throws', '/rejects', '/missing']
    const found = await Promise.all(answers.map((url) => dispatch(app, pageOf({ url }))))
    expect(found.map(({ status }) => status)).toEqual([302, 204, 304, 200, 500, 500, 404])
    expect(found[0]?.headers.location).toBe('/login')
    expect(found.map(({ body }) => body).slice(1, 5)).toEqual(['', '', '{"a":1}', 'oops'])
    expect(found[3]?.headers['content-type']).toContain('application/json')
  })

  test('with an ETag is whole: the request is never conditional', async () => {
    const app = express().get('/', (_request, response) => void response.send('<p>'.repeat(1_000)))
    const first = await dispatch(app, pageOf({ url: '/' }))
    expect(first.headers.etag).toBeDefined()
    expect(await dispatch(app, pageOf({ url: '/' }))).toEqual(first)
  })

  test('of files and streams comes whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patella-'))
    try {
      const text = `<p>${'x'.repeat(300_000)}`
      writeFileSync(join(folder, 'page.html'), text)
      const app = express().use(express.static(folder))
      app.get('/pipe', (_request, response) => void Readable.from(['<p>', 'a', 'b']).pipe(response))
      app.get('/pipeline', (_request, response) => pipeline(Readable.from([Buffer.from('<p>'), 'c']), response))
      app.get('/file', (_request, response) => response.sendFile(join(folder, 'page.html')))
      const bodies = ['/page.html', '/pipe', '/pipeline', '/file'].map((url) => dispatch(app, pageOf({ url })))
      expect((await Promise.all(bodies)).map(({ body }) => body)).toEqual([text, '<p>ab', '<p>c', text])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('middleware', () => {
  test('may wrap the response, hear its events and wait for its callbacks', async () => {
    const heard: string[] = []
    const app = express()
    app.use((request, response, next) => {
      finished(response, (error) => heard.push(`finished ${error}`))
      for (const event of ['finish', 'close', 'prefinish', 'pipe']) response.on(event, () => heard.push(event))
      request.on('end', () => heard.push('request end')).on('close', () => heard.push('request close'))
      request.on('aborted', () => heard.push('aborted'))
      next()
    })
    app.use(shout)
    app.use((_request, response) => {
      response.setTimeout(1_000)
      response.write('<p>', () => heard.push('written'))
      response.end('x', () => heard.push('ended'))
    })
    const answer = await dispatch(app, pageOf())
    expect(answer).toMatchObject({ status: 200, body: '<P>X!' })
    expect(answer.headers['x-shout']).toBe('1')
    await settled()
    expect(heard.sort()).toEqual(
      ['close', 'ended', 'finish', 'finished undefined', 'prefinish', 'request close', 'request end', 'written'].sort(),
    )
  })

  test('sees a response that is over as over', async () => {
    let response: ServerResponse | undefined
    await dispatch((_request, given) => {
      response = given
      given.end('x')
    }, pageOf())
    await settled()
    expect(response).toMatchObject({ headersSent: true, writableEnded: true, writableFinished: true, destroyed: true })
    expect(() => response?.setHeader('a', 'b')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
  })

  test('is refused what Node refuses', async () => {
    const listener: RequestListener = (_request, response) => {
      expect(() => response.write(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }))
      response.on('error', (error: NodeJS.ErrnoException) => void response.emit('refused', error.code))
      response.on('refused', (code) => expect(code).toBe('ERR_STREAM_WRITE_AFTER_END'))
      response.end('x')
      response.write('y')
    }
    expect((await dispatch(listener, pageOf())).body).toBe('x')
  })
})

describe('a dispatch ends', () => {
  test('with page_too_large past the limit, and the host is told to stop', async () => {
    const source = Readable.from(endless())
    const stopped = new Promise((resolve) => source.once('close', resolve))
    const listener: RequestListener = (_request, response) => {
      pipeline(source, response).catch(() => undefined)
    }
    const answer = dispatch(listener, pageOf({ limit: 10_000 }))
    await expect(answer).rejects.toMatchObject({ code: 'page_too_large', message: expect.stringContaining('10000') })
    await stopped
    const two = (limit: number) => dispatch((_request, response) => void response.end('ü'), pageOf({ limit }))
    expect((await two(2)).body).toBe('ü')
    await expect(two(1)).rejects.toMatchObject({ code: 'page_too_large' })
  })

  test('with the reason of its signal, and the host is told to stop', async () => {
    const control = new AbortController()
    const heard: string[] = []
    const reason = new Error('too late')
    const running = dispatch(
      (request, response) => {
        request.on('aborted', () => heard.push('aborted')).on('close', () => heard.push('request close'))
        response.on('close', () => heard.push(`close ${response.writableFinished} ${response.destroyed}`))
        control.abort(reason)
      },
      pageOf({ signal: control.signal }),
    )
    await expect(running).rejects.toBe(reason)
    await settled()
    expect(heard.sort()).toEqual(['aborted', 'close false true', 'request close'])
    await expect(dispatch(() => expect.unreachable(), pageOf({ signal: control.signal }))).rejects.toBe(reason)
  })

  test('with what the listener throws or rejects with', async () => {
    const error = new Error('no')
    const throwing = () => {
      throw error
    }
    await expect(dispatch(throwing, pageOf())).rejects.toBe(error)
    await expect(dispatch(async () => throwing(), pageOf())).rejects.toBe(error)
  })

  test('with page_failed when the host drops the connection', async () => {
    const dropping: RequestListener[] = [
      (_request, response) => void response.destroy(),
      (request) => void request.destroy(new Error('no')),
      (request) => void request.socket.destroy(),
      (_request, response) => {
        response.write('x')
        response.destroy(new Error('no'))
      },
    ]
    for (const listener of dropping) {
      await expect(dispatch(listener, pageOf())).rejects.toMatchObject({ code: 'page_failed' })
    }
  })
})

describe('a live app', () => {
  test('answers real requests as before, with dispatches in between', async () => {
    const app = express().use(shout)
    app.get('/', (request, response) => void response.set('x-from', String(markOf(request) !== undefined)).send('<p>x'))
    await withServer(app, async (origin) => {
      for (let n = 0; n < 20; n++) {
        const [answer, live] = await Promise.all([dispatch(app, pageOf({ url: '/' })), fetch(origin)])
        expect([answer.status, answer.body, answer.headers['x-from']]).toEqual([200, '<P>X!', 'true'])
        expect([live.status, await live.text(), live.headers.get('x-from')]).toEqual([200, '<P>X!', 'false'])
      }
    })
  })

  test('can be asked thousands of times on one signal and nothing stays behind', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const { signal } = new AbortController()
    const left: WeakRef<object>[] = []
    const app = express().get('/', (request, response) => {
      left.push(new WeakRef(request), new WeakRef(response))
      response.send('<p>x')
    })
    const count = process.env.PATELLA_FULL ? 10_000 : 2_000
    for (let n = 0; n < count; n++) {
      if ((await dispatch(app, pageOf({ url: '/', signal }))).body !== '<p>x') expect.unreachable()
    }
    await settled()
    collect()
    expect(left).toHaveLength(2 * count)
    // The last few may still be in a register.
    expect(left.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(20)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

/** Middleware that swaps write and end, as compression does, and decides when the headers go out. */
function shout(_request: Request, response: Response, next: NextFunction): void {
  const { write, end, writeHead } = response
  const loud = (chunk: unknown) => Buffer.from(String(chunk).toUpperCase())
  const callbackOf = (rest: unknown[]) => rest.find((item) => typeof item === 'function') as () => void
  Object.assign(response, {
    write(chunk: unknown, ...rest: unknown[]) {
      return write.call(response, loud(chunk), 'utf8', callbackOf(rest))
    },
    end(chunk: unknown, ...rest: unknown[]) {
      return end.call(response, Buffer.concat([loud(chunk), Buffer.from('!')]), 'utf8', callbackOf(rest))
    },
    writeHead(...head: Parameters<typeof writeHead>) {
      response.removeHeader('content-length')
      response.setHeader('x-shout', '1')
      return writeHead.apply(response, head)
    },
  })
  next()
}

function pageOf(given: Partial<PageRequest> = {}): PageRequest {
  return {
    url: '/x?y=1',
    host: 'app.example',
    scheme: 'http',
    address: '127.0.0.1',
    cookie: undefined,
    language: undefined,
    userAgent: undefined,
    locals: {},
    signal: new AbortController().signal,
    limit: 1_000_000,
    mark,
    ...given,
  }
}

async function seenBy(page: PageRequest): Promise<IncomingMessage> {
  const seen: IncomingMessage[] = []
  await dispatch((request, response) => {
    seen.push(request)
    response.end()
  }, page)
  return seen[0] as IncomingMessage
}

/** One turn of the event loop, in which all that a finished response still emits is emitted. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function* endless(): Generator<string> {
  for (;;) yield 'x'.repeat(1_000)
}

async function withServer(listener: RequestListener, use: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0)
  try {
    await use(`http://localhost:${(server.address() as AddressInfo).port}/`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
