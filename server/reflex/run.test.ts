import { afterEach, describe, expect, it } from 'vitest'
import { limits as defaults } from '../../protocol/limits.ts'
import { reflexIdentifier } from '../../protocol/messages.ts'
import { errorPage } from '../host/pages.ts'
import { createBases } from '../page/bases.ts'
import type { PageResponse } from '../page/dispatch.ts'
import { createTexts } from '../page/texts.ts'
import type { HeldSession } from '../session/contract.ts'
import { createSessions, type Sessions } from '../session/sessions.ts'
import { memory } from '../session/stores/memory.ts'
import type { Caller } from './caller.ts'
import { action, defineReflex, type Reflex } from './define.ts'
import type { Enter } from './entering.ts'
import type { PageTurn } from './page-morph.ts'
import { createParcels } from './parcel.ts'
import { createRegistry } from './registry.ts'
import { parseRequest } from './request.ts'
import { createRunner } from './run.ts'

const secret = 'x'.repeat(32)
const tab = 'A'.repeat(22)
let sessions: Sessions

afterEach(() => sessions.close())

interface SetUp {
  production?: boolean
  render?: (turn: PageTurn) => PageResponse | Promise<PageResponse>
  limits?: Partial<typeof defaults>
  context?: () => object
  enter?: Enter
  store?: ReturnType<typeof memory>
}

/** A runner on real sessions; pages show the session's data. */
function setUp(reflexes: Reflex<string, any>[], options: SetUp = {}) {
  const limits = { ...defaults, ...options.limits }
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const logger = { debug: log, info: log, warn: log, error: log }
  const production = options.production ?? true
  sessions = createSessions({
    store: options.store ?? memory(),
    secrets: [secret],
    production,
    logger,
    leaseMs: 10_000,
  })
  const sid = sessions.mint()
  const run = createRunner({
    registry: createRegistry(reflexes, limits.action),
    sessions,
    parcels: createParcels([secret]),
    limits,
    production,
    logger,
    context: options.context ?? (() => ({})),
    enter: options.enter,
    render: async (turn) => (options.render ?? page)(turn),
  })
  let n = 0
  const caller: Caller = { ...visitor, sid, tab }
  const send = async (target: string, wire: unknown[] = [], as: Partial<Caller> = {}) =>
    JSON.parse(await run(parse([++n, target, ...wire], limits), { ...caller, ...as }, url))
  const raw = async (wire: unknown, as: Partial<Caller> = {}) =>
    JSON.parse(await run(parse(wire, limits), { ...caller, ...as }, url))
  const data = async (of = sid) => ({ ...(await sessions.view(of)).session })
  return { run, send, raw, data, sid, lines, caller }
}

const visitor: Omit<Caller, 'sid' | 'tab'> = {
  cookie: undefined,
  scheme: 'http',
  host: 'localhost:3000',
  address: '127.0.0.1',
  language: 'en',
  userAgent: 'test',
  app: undefined,
  stripped: false,
}

const url = '/page?q=1'

function parse(wire: unknown, limits: typeof defaults) {
  const request = parseRequest(JSON.stringify(wire), limits)
  if (request === undefined) throw new Error('unreadable')
  return request
}

function page({ view, locals }: PageTurn): PageResponse {
  const body = `<title>T</title><main id="main" data-reflex-root>${JSON.stringify({ ...view.session })}${JSON.stringify(locals)}</main>`
  return { status: 200, headers: { 'content-type': 'text/html' }, body, setCookie: [] }
}

const counter = defineReflex('counter', {
  increment({ session, element }) {
    session.count = (session.count ?? 0) + Number(element.dataset.by ?? 1)
  },
})

describe('run', () => {
  it('answers with the page as a reload would show it', async () => {
    const { send, data } = setUp([counter])
    expect(await send('counter#increment', [{ d: { by: '2' } }])).toEqual([
      1,
      [['main', '<main id="main" data-reflex-root>{"count":2}{}</main>']],
      { t: 'T' },
    ])
    expect(await data()).toEqual({ count: 2 })
  })

  it.each([
    'constructor#constructor',
    '__proto__#x',
    'counter#constructor',
    'counter#toString',
    'counter#__proto__',
    'counter#nothing',
    'nothing#increment',
    'counter',
    'Counter#increment',
    'counter#increment ',
    'counter#increment#x',
  ])('gives %s the one answer for all that was not declared', async (target) => {
    const { send } = setUp([counter])
    expect(await send(target)).toEqual([1, 'unknown', { code: 'action_unknown' }])
  })

  it('runs a number once: a repeat is answered from the note, with a fresh render', async () => {
    const { raw, data } = setUp([counter])
    const first = await raw([1, 'counter#increment'])
    expect(await raw([1, 'counter#increment'])).toEqual(first)
    await raw([2, 'counter#increment', 0, [], { l: 1 }])
    expect((await raw([1, 'counter#increment']))[1][0][1]).toContain('"count":2')
    expect(await data()).toEqual({ count: 2 })
  })

  it('sends a reply once more that a tab could not read: nothing runs, nothing is rendered, and locals are in it', async () => {
    let runs = 0
    let renders = 0
    const note = defineReflex('note', {
      leave({ locals, morph }) {
        runs++
        locals.note = 'once'
        if (runs === 2) morph('#big', 'x'.repeat(70_000))
      },
    })
    const { raw } = setUp([note], {
      render: (turn) => {
        renders++
        return page(turn)
      },
    })
    const texts = createTexts(10_000_000)
    const bases = createBases(texts, { full: 0, deltas: 0, disagreements: 0 })
    const first = await raw([1, 'note#leave'], { bases })
    expect(first[1][0][1]).toContain('once')
    expect(await raw([1, 'note#leave', 0, [], { x: 1 }], { bases })).toEqual(first)
    const big = await raw([2, 'note#leave'], { bases })
    expect(big[2].m).toEqual([['#big', 'x'.repeat(70_000)]])
    expect(await raw([2, 'note#leave', 0, [], { x: 1 }], { bases })).toEqual(big)
    expect([runs, renders]).toEqual([2, 1])
    // Where it is known no more, as after a new connection, it is a repeat.
    expect((await raw([1, 'note#leave', 0, [], { x: 1 }]))[1]).toEqual(expect.anything())
    expect(runs).toBe(2)
  })

  it('answers a repeat whose note is gone as stale, and runs nothing', async () => {
    const { raw, data } = setUp([counter])
    await raw([1, 'counter#increment'])
    await raw([2, 'counter#increment'])
    expect(await raw([1, 'counter#increment'])).toEqual([1, 'stale', { code: 'stale_request' }])
    expect(await data()).toEqual({ count: 2 })
  })

  it('keeps the numbers of two tabs apart', async () => {
    const { raw, data } = setUp([counter])
    await raw([1, 'counter#increment'])
    await raw([1, 'counter#increment'], { tab: 'B'.repeat(22) })
    expect(await data()).toEqual({ count: 2 })
  })

  it('loses no update of requests that run at once', async () => {
    const slow = defineReflex('slow', {
      async add({ session }) {
        const { count = 0 } = session
        await new Promise((resolve) => setImmediate(resolve))
        session.count = count + 1
      },
    })
    const { raw, data } = setUp([slow])
    const tabs = Array.from({ length: 20 }, (_, i) => String.fromCharCode(65 + i).repeat(22))
    await Promise.all(tabs.map((each) => raw([1, 'slow#add'], { tab: each })))
    expect(await data()).toEqual({ count: 20 })
  })
})

describe('on the wire', () => {
  it('a counter click costs at most 130 bytes up, and an answer without HTML 80 down', async () => {
    const data = JSON.stringify([99_999, 'counter#increment', { d: { by: '2' } }])
    const up = JSON.stringify({ command: 'message', identifier: reflexIdentifier, data })
    expect(up.length).toBeLessThanOrEqual(130)
    const { run, caller } = setUp([defineReflex('counter', { increment: ({ nothing }) => nothing() })])
    const message = await run(parse([99_999, 'counter#increment'], defaults), caller, url)
    const down = `{"identifier":${JSON.stringify(reflexIdentifier)},"message":${message}}`
    expect(down.length).toBeLessThanOrEqual(80)
  })
})

describe('answers', () => {
  const answers = defineReflex('answers', {
    nothing: ({ nothing }) => nothing(),
    result: ({ nothing }) => {
      nothing()
      return { ok: [1, undefined, new Date(0)] }
    },
    selector({ morph, operations }) {
      morph('#a', '<b>1</b>')
      morph('#c', '')
      operations.setTitle('New').setFocus('#a')
    },
    redirect: ({ redirect, session }) => {
      session.seen = true
      redirect('/next?x=1')
    },
    script: ({ redirect }) => redirect('java\nscript:alert(1)'),
    locals: ({ locals }) => {
      locals.note = 'saved'
    },
    halt: ({ session, halt }) => {
      session.halted = true
      halt()
    },
    forbid: ({ session, forbid }) => {
      session.forbidden = true
      forbid()
    },
    bigint: () => 1n,
  })

  it.each([
    ['nothing', [1]],
    ['result', [1, [], { r: { ok: [1, null, '1970-01-01T00:00:00.000Z'] } }]],
    [
      'selector',
      [
        1,
        [],
        {
          o: [
            ['setTitle', { title: 'New' }],
            ['setFocus', { selector: '#a' }],
          ],
          m: [
            ['#a', '<b>1</b>'],
            ['#c', ''],
          ],
        },
      ],
    ],
    ['redirect', [1, 'redirect', { to: '/next?x=1' }]],
    ['script', [1, 'error', { code: 'redirect_unsafe', id: expect.any(String) }]],
    ['halt', [1, 'halted']],
    ['forbid', [1, 'forbidden']],
    ['bigint', [1, 'error', { code: 'action_failed', id: expect.any(String) }]],
  ])('%s', async (name, expected) => {
    const { send } = setUp([answers])
    expect(await send(`answers#${name}`)).toEqual(expected)
  })

  it('hands locals to the one render that follows', async () => {
    const { send } = setUp([answers])
    expect((await send('answers#locals'))[1][0][1]).toContain('{"note":"saved"}')
    expect((await send(''))[1][0][1]).not.toContain('note')
  })

  it('commits what halt leaves, and nothing of forbid', async () => {
    const { send, data } = setUp([answers])
    await send('answers#halt')
    await send('answers#forbid')
    expect(await data()).toEqual({ halted: true })
  })
})

describe('errors', () => {
  const zoo = defineReflex('zoo', {
    error: () => {
      throw new Error('secret text /etc/passwd')
    },
    null: () => {
      throw null
    },
    rejected: () => Promise.reject(undefined),
    proxy: () => {
      throw new Proxy(
        {},
        {
          get: () => {
            throw new Error('no')
          },
        },
      )
    },
    message: () => {
      throw Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error('no')
        },
      })
    },
    circular: () => {
      const error = new Error('round')
      error.cause = error
      throw error
    },
    overflow: function overflow(): never {
      return overflow()
    },
    unstorable: ({ session }) => {
      session.fn = () => {}
    },
  })

  it.each(['error', 'null', 'rejected', 'proxy', 'message', 'circular', 'overflow', 'unstorable'])(
    'answers what %s throws by a code and an id, and commits nothing of it',
    async (name) => {
      const { send, data, lines } = setUp([zoo])
      const reply = await send(`zoo#${name}`)
      expect(reply).toEqual([1, 'error', { code: expect.any(String), id: expect.any(String) }])
      expect(JSON.stringify(reply)).not.toContain('secret')
      expect(lines.join('\n')).toContain(reply[2].id)
      expect(await data()).toEqual({})
    },
  )

  it('shows message, file and line in development', async () => {
    const { send } = setUp([zoo], { production: false })
    expect((await send('zoo#error'))[2]).toMatchObject({
      message: 'secret text /etc/passwd',
      at: expect.stringMatching(/run\.test\.ts:\d+$/),
    })
  })

  it('notes the failure: a repeat does not run it again', async () => {
    let runs = 0
    const once = defineReflex('once', {
      fail: () => {
        runs++
        throw new Error('no')
      },
    })
    const { raw } = setUp([once])
    const first = await raw([1, 'once#fail'])
    expect(await raw([1, 'once#fail'])).toEqual(first)
    expect(runs).toBe(1)
  })

  it('answers an action that never ends, aborts its signal, and drops what it does later', async () => {
    let late: (() => void) | undefined
    let aborted = false
    const stuck = defineReflex('stuck', {
      async forever({ session, signal }) {
        session.early = true
        signal.addEventListener('abort', () => {
          aborted = true
        })
        await new Promise<void>((resolve) => {
          late = resolve
        })
        session.late = true
      },
    })
    const { send, data } = setUp([stuck], { limits: { action: 20 } })
    expect(await send('stuck#forever')).toEqual([1, 'timeout', { code: 'action_timeout', id: expect.any(String) }])
    expect(aborted).toBe(true)
    late?.()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await data()).toEqual({})
  })

  it('notes an effect that JSON cannot hold as the failure it is: a repeat does not run it again', async () => {
    let runs = 0
    const round: { self?: object } = {}
    round.self = round
    const details = [1n, round]
    const unsendable = defineReflex('unsendable', {
      effect: ({ operations, args }) => {
        runs++
        operations.dispatchEvent('x', { detail: details[args[0] as number] })
      },
    })
    const { raw } = setUp([unsendable])
    for (const n of [1, 2]) {
      const wire = [n, 'unsendable#effect', 0, [n - 1]]
      const first = await raw(wire)
      expect(first).toMatchObject([n, 'error', { code: 'action_failed' }])
      expect(await raw(wire)).toEqual(first)
    }
    expect(runs).toBe(2)
  })

  it('takes nothing but HTML for a morph', async () => {
    const morphs = defineReflex('morphs', {
      nothing: ({ morph }) => morph('#a', undefined as never),
      promise: ({ morph }) => morph('#a', Promise.resolve('x') as never),
      object: ({ morph }) => morph('#a', {} as never),
      wrapped: ({ morph }) => morph('#a', { toString: () => '<b></b>' } as never),
    })
    const { send } = setUp([morphs], { production: false })
    for (const [name, type] of [
      ['nothing', 'undefined'],
      ['promise', 'a promise'],
      ['object', 'an object'],
    ]) {
      const [, status, { code, message }] = await send(`morphs#${name}`)
      expect([status, code, message]).toEqual(['error', 'html_invalid', expect.stringContaining(type as string)])
    }
    expect(await send('morphs#wrapped')).toEqual([4, [], { m: [['#a', '<b></b>']] }])
  })

  it('answers malformed and too complex requests', async () => {
    const { raw } = setUp([counter])
    expect(await raw([1, 7])).toEqual([1, 'invalid', { code: 'request_invalid' }])
    expect(await raw([2, 'counter#increment', 0, [Array(2001).fill(0)]])).toEqual([
      2,
      'invalid',
      { code: 'too_complex' },
    ])
  })

  it('keeps wire text out of log lines', async () => {
    const { send, lines } = setUp([counter])
    await send('x\n\u001b[31mforged')
    expect(lines.join('')).not.toContain('\u001b')
    expect(lines.every((line) => !line.includes('\n'))).toBe(true)
  })
})

describe('hooks', () => {
  it('run in their order, around the action', async () => {
    const log: string[] = []
    const note = (text: string) => () => void log.push(text)
    const hooked = defineReflex(
      'hooked',
      { act: action({ before: note('b2'), after: note('a2'), around: around('r2') }, note('act')) },
      { before: [note('b1')], after: note('a1'), around: around('r1'), authorize: () => true },
    )
    function around(name: string) {
      return async (_ctx: unknown, next: () => Promise<void>) => {
        log.push(`${name} in`)
        await next()
        log.push(`${name} out`)
      }
    }
    const { send } = setUp([hooked])
    await send('hooked#act')
    expect(log).toEqual(['r1 in', 'r2 in', 'b1', 'b2', 'act', 'a2', 'a1', 'r2 out', 'r1 out'])
  })

  it('authorize fails closed, for every request', async () => {
    let answer: unknown
    let runs = 0
    const guarded = defineReflex(
      'guarded',
      {
        act: ({ nothing }) => {
          runs++
          nothing()
        },
      },
      { authorize: () => answer as boolean },
    )
    const { send } = setUp([guarded])
    for (const [given, expected] of [
      [true, [1]],
      [false, [2, 'forbidden']],
      [undefined, [3, 'forbidden']],
      ['yes', [4, 'forbidden']],
      ['unauthorized', [5, 'unauthorized']],
    ] as const) {
      answer = given
      expect(await send('guarded#act')).toEqual(expected)
    }
    expect(runs).toBe(1)
  })

  it('a before hook that halts keeps the action from running', async () => {
    const halting = defineReflex(
      'h',
      {
        act({ session }) {
          session.ran = true
        },
      },
      { before: ({ halt }) => halt() },
    )
    const { send, data } = setUp([halting])
    expect(await send('h#act')).toEqual([1, 'halted'])
    expect(await data()).toEqual({})
  })

  it('error hooks see what was thrown', async () => {
    const seen: unknown[] = []
    const failing = defineReflex(
      'f',
      {
        act: () => {
          throw new Error('boom')
        },
      },
      { error: (error) => void seen.push(error) },
    )
    await setUp([failing]).send('f#act')
    expect(seen).toMatchObject([{ message: 'boom' }])
  })

  it("the app's own context is on every action's, fresh for each request", async () => {
    let made = 0
    const asking = defineReflex('a', {
      act: (ctx) => {
        ctx.nothing()
        return [(ctx as any).user, ctx.context]
      },
    })
    const { send } = setUp([asking], { context: () => ({ user: `u${++made}` }) })
    expect(await send('a#act')).toEqual([1, [], { r: ['u1', { user: 'u1' }] }])
    expect(await send('a#act')).toEqual([2, [], { r: ['u2', { user: 'u2' }] }])
    const clash = setUp([asking], { context: () => ({ session: {} }) })
    expect(await clash.send('a#act')).toMatchObject([1, 'error', { code: 'context_key_reserved' }])
  })
})

describe('page morphs', () => {
  const respond = (response: Partial<PageResponse>) => () =>
    ({ status: 200, headers: { 'content-type': 'text/html' }, body: '', setCookie: [], ...response }) as PageResponse

  it.each([
    ['a redirect', { status: 302, headers: { location: '/login' } }, ['redirect', { to: '/login' }]],
    [
      'a redirect of its own origin',
      { status: 303, headers: { location: 'http://localhost:3000/a?b=1' } },
      ['redirect', { to: '/a?b=1' }],
    ],
    ['a redirect beside the page', { status: 302, headers: { location: 'other' } }, ['redirect', { to: '/other' }]],
    [
      'a redirect elsewhere',
      { status: 302, headers: { location: 'https://id.example/x' } },
      ['redirect', { to: 'https://id.example/x' }],
    ],
    [
      'a redirect to a script',
      { status: 302, headers: { location: 'javascript:1' } },
      ['error', { code: 'page_failed' }],
    ],
    ['a redirect to nowhere', { status: 302, headers: {} }, ['error', { code: 'page_failed' }]],
    ['401', { status: 401 }, ['unauthorized', { code: 'page_unauthorized' }]],
    ['403', { status: 403 }, ['forbidden', { code: 'page_forbidden' }]],
    ['404', { status: 404 }, ['error', { code: 'page_missing' }]],
    ['500', errorPage(500, 'canary'), ['error', { code: 'page_failed' }]],
    ['304', { status: 304 }, ['error', { code: 'page_failed' }]],
    ['JSON', { headers: { 'content-type': 'application/json' }, body: '{}' }, ['error', { code: 'page_not_html' }]],
    ['an empty page', { body: ' \n' }, ['error', { code: 'page_empty' }]],
    ['no type', { headers: {}, body: 'x' }, ['error', { code: 'page_not_html' }]],
  ])('never morph in %s', async (_what, response, expected) => {
    const { send } = setUp([counter], { render: respond(response) })
    const reply = await send('counter#increment')
    expect(reply).toMatchObject([1, ...expected])
    expect(JSON.stringify(reply)).not.toContain('canary')
  })

  it('name a narrowed root that the page does not render', async () => {
    const { send } = setUp([counter], { production: false })
    const reply = await send('counter#increment', [0, [], { r: ['aside'] }])
    expect(reply).toMatchObject([1, 'error', { code: 'root_missing', message: expect.stringContaining('"aside"') }])
  })

  it('answer when the renderer throws, and keep what the action committed', async () => {
    const render = () => {
      throw new Error('template broke')
    }
    const { send, data } = setUp([counter], { render })
    expect(await send('counter#increment')).toMatchObject([1, 'error', { code: 'action_failed' }])
    expect(await data()).toEqual({ count: 1 })
  })

  it('answer when rendering never ends', async () => {
    const { send } = setUp([counter], { limits: { action: 20 }, render: () => new Promise(() => {}) })
    expect(await send('counter#increment')).toMatchObject([1, 'error', { code: 'page_timeout' }])
  })

  it('commit what rendering writes before they answer', async () => {
    const render = (turn: PageTurn) => {
      turn.view.session.csrf = 'token'
      return page(turn)
    }
    const { send, data } = setUp([counter], { render })
    await send('counter#increment')
    expect(await data()).toEqual({ count: 1, csrf: 'token' })
  })
})

describe('a session that changes its id', () => {
  const auth = defineReflex('auth', {
    login: ({ session, args }) => {
      session.user = args[0]
      session.regenerate()
    },
    logout: ({ session }) => session.destroy(),
    fail: ({ session }) => {
      session.regenerate()
      throw new Error('no')
    },
  })

  it('gives the tab a token that sets the new id once, and answers a repeat with a fresh one', async () => {
    const { raw, data, sid } = setUp([auth])
    const reply = await raw([1, 'auth#login', 0, ['ann']])
    const { h: token } = reply[2]
    expect(reply[1][0][1]).toContain('"user":"ann"')
    const repeated = await raw([1, 'auth#login', 0, ['ann']])
    expect(repeated[1]).toEqual(reply[1])
    expect(await sessions.redeem(sid, { tab, n: 1, token })).toBeNull()
    const next = await sessions.redeem(sid, { tab, n: 1, token: repeated[2].h })
    expect(next).not.toBe(sid)
    expect(await data(next as string)).toEqual({ user: 'ann' })
    expect(await sessions.redeem(sid, { tab, n: 1, token: repeated[2].h })).toBeNull()
  })

  it('brings no cookies that were packed for the id of before: the new one could not open them', async () => {
    const enter: Enter = async () => ({ request: undefined, leave: async () => ['a=1'] })
    const { raw, sid } = setUp([counter], { enter })
    const { h } = (await raw([1, 'counter#increment']))[2]
    expect(h).toEqual(expect.any(String))
    expect((await raw([1, 'counter#increment']))[2].h).toEqual(expect.any(String))
    const held = await sessions.hold(sid, { waitMs: 0 })
    held.session.regenerate()
    const committed = await held.commit({ keep: true })
    if (!committed.ok) throw new Error('lost')
    const repeat = await raw([1, 'counter#increment'], { sid: committed.sid })
    expect(repeat[1][0][1]).toContain('"count":1')
    expect(repeat[2]).not.toHaveProperty('h')
  })

  it('answers other tabs and numbers of the dead id stale, without running', async () => {
    const { raw } = setUp([auth, counter])
    await raw([1, 'auth#login', 0, ['ann']])
    const stale = ['stale', { code: 'stale_request' }]
    expect(await raw([2, 'counter#increment'])).toEqual([2, ...stale])
    expect(await raw([1, 'counter#increment'], { tab: 'B'.repeat(22) })).toEqual([1, ...stale])
    expect(await raw([3, ''])).toEqual([3, ...stale])
  })

  it('shows an empty session after a logout', async () => {
    const { raw } = setUp([auth, counter])
    await raw([1, 'counter#increment'])
    const reply = await raw([2, 'auth#logout'])
    expect(reply[1][0][1]).toContain('>{}{}<')
    expect(reply[2].h).toEqual(expect.any(String))
  })

  it('keeps its id when the action fails', async () => {
    const { raw, data } = setUp([auth, counter])
    await raw([1, 'auth#fail'])
    await raw([2, 'counter#increment'])
    expect(await data()).toEqual({ count: 1 })
  })

  it('asks for a login, and runs when it is asked again, whatever was asked behind it', async () => {
    let user: string | undefined
    let runs = 0
    const secret = defineReflex(
      'secret',
      {
        show: () => {
          runs++
        },
      },
      { authorize: () => user !== undefined || 'unauthorized' },
    )
    const { raw, data } = setUp([secret, counter])
    expect((await raw([1, 'secret#show']))[1]).toBe('unauthorized')
    await raw([2, 'counter#increment', 0, [], { l: 1 }])
    user = 'ann'
    expect((await raw([1, 'secret#show', 0, [], { l: 1 }]))[1]).toEqual([['main', expect.any(String)]])
    expect(runs).toBe(1)
    expect(await data()).toEqual({ count: 1 })
  })

  it('ends in time whatever kind of promise it waits for, and lets the session go', async () => {
    // biome-ignore lint/suspicious/noThenProperty: what query builders are.
    const query = { then() {} }
    let context: object = query
    const { send } = setUp([counter], { limits: { action: 50 }, context: () => context })
    expect(await send('counter#increment')).toMatchObject([1, 'timeout', { code: 'action_timeout' }])
    context = {}
    expect((await send('counter#increment'))[1][0][1]).toContain('"count":1')
  })

  it('asks a tab without a session to come back with a cookie', async () => {
    const { raw } = setUp([counter])
    expect(await raw([1, 'counter#increment'], { sid: undefined })).toEqual([1, 'stale', { code: 'stale_request' }])
  })
})

describe("session: 'snapshot'", () => {
  it('holds nothing while it runs: both changes survive, and a repeat does not run it again', async () => {
    let finish: (() => void) | undefined
    let begin: (() => void) | undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    let runs = 0
    const report = defineReflex('report', {
      make: action({ session: 'snapshot' }, async ({ session }) => {
        runs++
        begin?.()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        await session.update((fresh) => {
          fresh.report = (fresh.count ?? 0) + 1
        })
      }),
    })
    const { raw, data } = setUp([report, counter])
    const slow = raw([1, 'report#make'])
    await begun
    await raw([1, 'counter#increment'], { tab: 'B'.repeat(22) })
    const repeat = raw([1, 'report#make'])
    finish?.()
    const [first, second] = await Promise.all([slow, repeat])
    expect(first[1][0][1]).toContain('"report":2')
    expect(second[1]).toEqual(first[1])
    expect(runs).toBe(1)
    expect(await data()).toEqual({ count: 1, report: 2 })
  })

  it('notes an error beside data that cannot be stored, and either as how it ended', async () => {
    let runs = 0
    const report = defineReflex(
      'report',
      {
        fail: ({ session }) => {
          runs++
          session.when = new Map()
          throw new Error('boom')
        },
        store: ({ session }) => {
          runs++
          session.when = new Map()
        },
      },
      { session: 'snapshot' },
    )
    const { raw, data } = setUp([report])
    for (const [n, name, code] of [
      [1, 'fail', 'action_failed'],
      [2, 'store', 'session_not_serializable'],
    ] as const) {
      const reply = await raw([n, `report#${name}`])
      expect(reply).toMatchObject([n, 'error', { code }])
      expect((await raw([n, `report#${name}`])).slice(0, 2)).toEqual([n, 'error'])
    }
    expect(runs).toBe(2)
    expect(await data()).toEqual({})
  })

  it('drops what it did when the visitor logged in meanwhile, says so, and does not run again', async () => {
    let runs = 0
    const work = defineReflex(
      'work',
      {
        async slow({ session }) {
          runs++
          session.planted = true
          await sessionOf(async (held) => held.session.regenerate())
        },
      },
      { session: 'snapshot' },
    )
    const { raw, sid } = setUp([work])
    async function sessionOf(change: (held: HeldSession) => unknown): Promise<void> {
      const held = await sessions.hold(sid, { waitMs: 0 })
      await change(held)
      await held.commit({ keep: true })
    }
    expect(await raw([1, 'work#slow'])).toMatchObject([1, 'conflict', { code: 'session_conflict' }])
    expect(runs).toBe(1)
  })
})

describe('schemas', () => {
  const schema = <T>(validate: (value: unknown) => T | string) => ({
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) => {
        const result = validate(value)
        return typeof result === 'string' && result.startsWith('!')
          ? { issues: [{ message: result, path: ['sku'] }] }
          : { value: result as T }
      },
      types: undefined as unknown as { input: T; output: T },
    },
  })
  const number = schema((value) => (Number.isFinite(Number(value)) ? Number(value) : '!not a number'))
  const form = schema((value) => ((value as { sku?: string }).sku ? (value as { sku: string }) : '!missing'))
  const cart = defineReflex('cart', {
    add: action({ args: [number], form }, (ctx, amount) => {
      ctx.nothing()
      return [amount, ctx.form]
    }),
  })

  it('give the action typed values', async () => {
    const { send } = setUp([cart])
    expect(await send('cart#add', [0, ['2'], { f: 'sku=x' }])).toEqual([1, [], { r: [2, { sku: 'x' }] }])
  })

  it('refuse with the issues per field', async () => {
    const { send } = setUp([cart])
    expect(await send('cart#add', [0, ['many'], { f: 'sku=x' }])).toEqual([
      1,
      'invalid',
      { code: 'arguments_invalid', issues: { '0.sku': ['!not a number'] } },
    ])
    expect(await send('cart#add', [0, [1], { f: '' }])).toEqual([
      2,
      'invalid',
      { code: 'form_invalid', issues: { sku: ['!missing'] } },
    ])
    expect(await send('cart#add', [0, [1, 2]])).toMatchObject([3, 'invalid', { code: 'arguments_invalid' }])
  })
})
