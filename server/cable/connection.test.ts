import { describe, expect, it } from 'vitest'
import { limits as defaults } from '../../protocol/limits.ts'
import type { Channel, Client, Subscription } from './channel.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

const client: Client = {
  tab: 'A'.repeat(22),
  sid: 'sid',
  cookie: undefined,
  scheme: 'http',
  host: 'localhost',
  address: undefined,
  language: undefined,
  userAgent: undefined,
  app: undefined,
  stripped: false,
}

const identifier = '{"channel":"Echo"}'

/** A channel that answers each message when it is told to. */
function setUp(options: Partial<ConnectionOptions> = {}, limits = {}) {
  const sent: string[] = []
  const closes: number[] = []
  const log: string[] = []
  const pending: (() => void)[] = []
  let buffered = 0
  const channel: Channel = {
    subscribed: () => true,
    async received(subscription: Subscription, data) {
      log.push(`begin ${data}`)
      await new Promise<void>((resolve) => pending.push(resolve))
      log.push(`end ${data}`)
      subscription.send(JSON.stringify(data))
      return data !== 'nonsense'
    },
    refused(subscription, data) {
      subscription.send(JSON.stringify(`refused ${data}`))
      return true
    },
    unsubscribed: () => log.push('unsubscribed'),
    working: (subscription) => subscription.send('"working"'),
  }
  const connection = new Connection({
    transport: {
      send: (text) => sent.push(text),
      close: (code) => closes.push(code),
      ping: () => sent.push('native ping'),
      get buffered() {
        return buffered
      },
    },
    client,
    version: 1,
    subprotocol: 'actioncable-v1-ext-json',
    channels: new Map([
      ['Echo', () => channel],
      ['Closed', () => ({ ...channel, subscribed: () => false })],
    ]),
    limits: { ...defaults, ...limits },
    boot: undefined,
    ...options,
  })
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    connection,
    sent,
    closes,
    log,
    settle,
    frames: () => sent.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text)),
    answer: async () => {
      pending.shift()?.()
      await settle()
    },
    say: (data: string) => connection.receive(JSON.stringify({ command: 'message', identifier, data })),
    subscribe: async (to = identifier) => {
      connection.receive(JSON.stringify({ command: 'subscribe', identifier: to }))
      await settle()
    },
    fill: (bytes: number) => {
      buffered = bytes
    },
  }
}

describe('Connection', () => {
  it('welcomes with an id, the version and whether there was a cookie', () => {
    const { connection, frames } = setUp({ boot: 'b1' })
    connection.open()
    expect(frames()).toEqual([
      { type: 'welcome', sid: expect.stringMatching(/^[\w-]{22}$/), patella: { v: 1, cookie: true, boot: 'b1' } },
    ])
  })

  it('takes its own version, those beside it and clients without one; sends others away', () => {
    for (const version of [undefined, 0, 1, 2]) {
      const { connection, closes } = setUp({ version })
      connection.open()
      expect(closes).toEqual([])
    }
    for (const version of [3, -1, Number.NaN]) {
      const { connection, frames, closes } = setUp({ version })
      connection.open()
      expect(frames()).toEqual([{ type: 'disconnect', reason: 'outdated', reconnect: false }])
      expect(closes).toEqual([1000])
    }
  })

  it('echoes identifiers byte for byte, confirms twice, rejects what is not there', async () => {
    const { subscribe, frames } = setUp()
    const spaced = '{ "channel" : "Echo", "id": 1 }'
    for (const to of [
      spaced,
      spaced,
      '{"channel":"Closed"}',
      '{"channel":"Nothing"}',
      'no json',
      '{"channel":"__proto__"}',
    ])
      await subscribe(to)
    expect(frames()).toEqual([
      { type: 'confirm_subscription', identifier: spaced },
      { type: 'confirm_subscription', identifier: spaced },
      { type: 'reject_subscription', identifier: '{"channel":"Closed"}' },
      { type: 'reject_subscription', identifier: '{"channel":"Nothing"}' },
      { type: 'reject_subscription', identifier: 'no json' },
      { type: 'reject_subscription', identifier: '{"channel":"__proto__"}' },
    ])
  })

  it('works on one command at a time, in order', async () => {
    const { subscribe, say, answer, log, frames } = setUp()
    await subscribe()
    say('a')
    say('b')
    expect(log).toEqual(['begin a'])
    await answer()
    expect(log).toEqual(['begin a', 'end a', 'begin b'])
    await answer()
    expect(frames().slice(1)).toEqual([
      { identifier, message: 'a' },
      { identifier, message: 'b' },
    ])
  })

  it.each([
    ['comes too fast', { burst: 3, rate: 0.001, pending: 32 }],
    ['waits in too long a line', { burst: 100, rate: 1, pending: 2 }],
  ])('answers in its turn what %s', async (_what, limits) => {
    const { subscribe, say, answer, frames } = setUp({}, limits)
    await subscribe()
    for (const data of ['a', 'b', 'c', 'd']) say(data)
    for (let i = 0; i < 3; i++) await answer()
    expect(
      frames()
        .slice(1)
        .map(({ message }) => message),
    ).toEqual(['a', 'b', 'c', 'refused d'])
  })

  it('ends a connection that goes on far past the limit', async () => {
    const { subscribe, say, closes } = setUp({}, { pending: 2 })
    await subscribe()
    for (let i = 0; i < 30; i++) say('flood')
    expect(closes).toEqual([1008])
  })

  it.each([
    '',
    'x',
    '[]',
    '1',
    '{}',
    '{"command":"fly","identifier":"x"}',
    '{"command":"message","identifier":"x","data":{}}',
  ])('ends a connection that sends %j ten times', (text) => {
    const { connection, closes } = setUp()
    for (let i = 0; i < 9; i++) connection.receive(text)
    expect(closes).toEqual([])
    connection.receive(text)
    expect(closes).toEqual([1008])
  })

  it('counts messages that their channel cannot make out, and forgives after a good one', async () => {
    const { subscribe, say, answer, closes } = setUp({}, { malformed: 2 })
    await subscribe()
    for (const data of ['nonsense', 'fine', 'nonsense']) {
      say(data)
      await answer()
    }
    expect(closes).toEqual([])
    say('nonsense')
    await answer()
    expect(closes).toEqual([1008])
  })

  it('pings; gives up a client that was silent, or never subscribed', async () => {
    const { connection, subscribe, sent, frames, closes } = setUp()
    await subscribe()
    connection.tick('{"type":"ping","message":1}', performance.now())
    expect(frames().at(-1)).toEqual({ type: 'ping', message: 1 })
    expect(sent).not.toContain('native ping')
    connection.tick('{}', performance.now() + defaults.silence + 1)
    expect(frames().at(-1)).toEqual({ type: 'disconnect', reason: 'no_pong', reconnect: true })
    expect(closes).toEqual([1000])

    const mute = setUp({ subprotocol: 'actioncable-v1-json' }, { silence: 60_000 })
    mute.connection.tick('{}', performance.now())
    expect(mute.sent).toContain('native ping')
    mute.connection.tick('{}', performance.now() + defaults.handshake + 1)
    expect(mute.frames().at(-1)).toMatchObject({ reason: 'idle_timeout', reconnect: true })
  })

  it('lets a channel tell that it still works', async () => {
    const { connection, subscribe, say, answer, frames } = setUp()
    await subscribe()
    say('slow')
    connection.tick('{}', performance.now())
    expect(frames().at(-1)).toEqual({ identifier, message: 'working' })
    await answer()
  })

  it('cuts a reader that is too slow', async () => {
    const { subscribe, say, answer, fill, frames, closes } = setUp()
    await subscribe()
    say('a')
    fill(defaults.outbound + 1)
    await answer()
    expect(frames().at(-1)).toEqual({ type: 'disconnect', reason: 'too_slow', reconnect: true })
    expect(closes).toEqual([1013])
  })

  it('drains: finishes what runs, answers it, starts nothing more', async () => {
    const { connection, subscribe, say, answer, log, frames, closes } = setUp()
    await subscribe()
    say('a')
    say('b')
    const drained = connection.drain()
    say('c')
    expect(closes).toEqual([])
    await answer()
    await drained
    expect(log).toEqual(['begin a', 'end a', 'unsubscribed'])
    expect(frames().slice(-2)).toEqual([
      { identifier, message: 'a' },
      { type: 'disconnect', reason: 'server_restart', reconnect: true },
    ])
    expect(closes).toEqual([1012])
  })

  it('sends nothing after its end, and tells its channels once', async () => {
    const { connection, subscribe, say, answer, log, sent } = setUp()
    await subscribe()
    say('a')
    connection.closed()
    const before = sent.length
    await answer()
    connection.tick('{}', performance.now())
    connection.disconnect('server_restart')
    expect(sent.length).toBe(before)
    expect(log.filter((line) => line === 'unsubscribed')).toHaveLength(1)
  })

  it('holds at most as many subscriptions as it may', async () => {
    const { subscribe, frames } = setUp({}, { subscriptions: 1 })
    await subscribe('{"channel":"Echo","id":1}')
    await subscribe('{"channel":"Echo","id":2}')
    expect(frames().map(({ type }) => type)).toEqual(['confirm_subscription', 'reject_subscription'])
  })
})
