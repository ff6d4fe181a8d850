import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { protocolVersion, reflexIdentifier } from '../../protocol/messages.ts'
import { refusalOf } from './check-cookie.ts'
import { remedies } from './remedies.ts'
import type { Tell, Visit } from './visit.ts'

/** The WebSocket: the upgrade, a reflex that renders the page and runs nothing, and an idle minute. */
export async function checkCable(visit: Visit, tell: Tell): Promise<boolean> {
  const url = new URL(visit.cable)
  url.protocol = url.protocol.replace('http', 'ws')
  url.searchParams.set('v', String(protocolVersion))
  url.searchParams.set('t', randomBytes(16).toString('base64url'))
  const socket = visit.browser.connect(url, visit.page.origin, 'actioncable-v1-ext-json')
  const line = createLine(socket)
  try {
    const refused = await line.opened(visit.options.timeoutMs)
    if (refused !== undefined) {
      tell({ step: 'upgrade', ok: false, ...upgradeFault(refused, visit.page) })
      return false
    }
    tell({ step: 'upgrade', ok: true, detail: `${visit.cable.pathname} is a WebSocket` })
    await checkReflex(visit, line, tell)
    await checkIdle(visit, line, tell)
    return true
  } finally {
    socket.terminate()
  }
}

interface Refused {
  readonly status: number
  readonly body: string
}

interface Line {
  /** Resolves when the server has greeted; else with what it answered, status 0 when nothing. */
  opened(ms: number): Promise<Refused | undefined>
  send(frame: object): void
  /** The first frame that fits; undefined when none came in time or the line was cut. */
  wait(fits: (frame: any) => boolean, ms: number): Promise<any>
  /** Resolves when the line is cut or no ping has come for so long; undefined after `ms` without either. */
  idle(ms: number, silenceMs: number): Promise<'cut' | 'silent' | undefined>
}

/** Answers pings as the client does. */
function createLine(socket: WebSocket): Line {
  const waiting = new Set<(frame: any) => void>()
  let heard = Date.now()
  let refused: Refused | undefined
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  socket.on('error', (error) => {
    refused ??= { status: 0, body: error.message }
  })
  const refusal = new Promise<Refused>((resolve) => {
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
  })
  socket.on('message', (data) => {
    heard = Date.now()
    const frame = frameOf(String(data))
    if (frame.type === 'ping') socket.send('{"command":"pong"}')
    for (const settle of [...waiting]) settle(frame)
  })

  const line: Line = {
    async opened(ms) {
      const cut = closed.then(() => refused ?? { status: 0, body: 'the connection was cut' })
      const greeted = line
        .wait(({ type }) => type === 'welcome', ms)
        .then((frame) => (frame ? undefined : { status: 0, body: 'nothing came' }))
      return Promise.race([refusal, cut, greeted])
    },
    send: (frame) => socket.send(JSON.stringify(frame)),
    wait(fits, ms) {
      return new Promise((resolve) => {
        const done = (frame?: unknown) => {
          clearTimeout(timer)
          waiting.delete(settle)
          resolve(frame)
        }
        const settle = (frame: any) => fits(frame) && done(frame)
        const timer = setTimeout(done, ms)
        waiting.add(settle)
        void closed.then(() => done())
      })
    },
    idle(ms, silenceMs) {
      return new Promise((resolve) => {
        const until = Date.now() + ms
        heard = Date.now()
        const end = (how: 'cut' | 'silent' | undefined) => {
          clearInterval(timer)
          resolve(how)
        }
        const timer = setInterval(() => {
          if (Date.now() - heard > silenceMs) end('silent')
          else if (Date.now() > until) end(undefined)
        }, 100)
        void closed.then(() => end('cut'))
      })
    },
  }
  return line
}

/** What is no JSON is no frame of ours: nobody waits for it. */
function frameOf(text: string): any {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

function upgradeFault({ status, body }: Refused, page: URL): { detail: string; remedy: string } {
  const refusal = status === 403 ? refusalOf(body, page) : undefined
  if (refusal?.remedy !== undefined) return { detail: refusal.detail, remedy: refusal.remedy }
  if (status === 404) return { detail: 'the cable answers 404', remedy: remedies.location }
  if (status >= 502) return { detail: `the cable answers ${status}`, remedy: remedies.unreachable }
  const what = status === 0 ? body : `it answers ${status} instead of 101`
  return { detail: `no WebSocket: ${what}`, remedy: remedies.upgrade }
}

/** Renders the page again and runs nothing. What is wrong then is the page's own affair, unless nothing comes back. */
async function checkReflex(visit: Visit, line: Line, tell: Tell): Promise<void> {
  const ms = visit.options.timeoutMs
  line.send({ command: 'subscribe', identifier: reflexIdentifier })
  const confirmed = await line.wait(({ type }) => /_subscription$/.test(type), ms)
  if (confirmed?.type !== 'confirm_subscription') {
    tell({ step: 'reflex', ok: false, detail: 'the cable does not take the reflex channel', remedy: remedies.timeout })
    return
  }
  const data = JSON.stringify([1, '', 0, [], { u: visit.page.pathname + visit.page.search }])
  line.send({ command: 'message', identifier: reflexIdentifier, data })
  const reply = (await line.wait(({ message }) => message?.[0] === 1 && message[1] !== 'accepted', ms))?.message
  if (reply === undefined) {
    tell({ step: 'reflex', ok: false, detail: 'no answer', remedy: remedies.timeout })
    return
  }
  const [, second, more] = reply
  const status = typeof second === 'string' ? second : 'ok'
  const ok = status === 'ok' || status === 'unauthorized' || status === 'redirect'
  const what = status === 'ok' ? 'the page is rendered again' : `${status}${more?.code ? `, ${more.code}` : ''}`
  tell({ step: 'reflex', ok, detail: what, ...(ok ? {} : { remedy: 'docs/errors.md says what the code means.' }) })
}

/** Longest that a healthy server is silent, ms: three of its pings. */
const silenceMs = 9_000

async function checkIdle({ options }: Visit, line: Line, tell: Tell): Promise<void> {
  const began = Date.now()
  const end = await line.idle(options.idleMs, silenceMs)
  const seconds = Math.round((Date.now() - began) / 100) / 10
  if (end === undefined) tell({ step: 'idle', ok: true, detail: `${seconds} s, and the connection stands` })
  else
    tell({
      step: 'idle',
      ok: false,
      detail: `${end === 'cut' ? 'cut' : 'no ping any more'} after ${seconds} s`,
      remedy: remedies.timeout,
    })
}
