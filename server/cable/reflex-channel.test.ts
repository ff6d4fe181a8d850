import { describe, expect, it } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import type { Caller } from '../reflex/caller.ts'
import type { Run } from '../reflex/run.ts'
import { createReflexChannel } from './reflex-channel.ts'

const caller: Caller = {
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

function setUp(run: Run, client: Partial<Caller> = {}) {
  const sent: string[] = []
  const channel = createReflexChannel(run, limits)({ ...caller, ...client })
  const subscription = { identifier: '', send: (json: string) => void sent.push(json) }
  return { channel, subscription, sent }
}

describe('the reflex channel', () => {
  it('is for tabs alone', async () => {
    const run: Run = async () => '[]'
    expect(await setUp(run).channel.subscribed(setUp(run).subscription)).toBe(true)
    expect(await setUp(run, { tab: '' }).channel.subscribed(setUp(run).subscription)).toBe(false)
  })

  it('remembers the page for the requests that do not tell it', async () => {
    const urls: string[] = []
    const { channel, subscription } = setUp(async (_request, _caller, url) => {
      urls.push(url)
      return '[]'
    })
    for (const more of [{ u: '/a?b=1' }, {}, { u: '/c' }, {}])
      await channel.received(subscription, JSON.stringify([1, 'x#y', 0, [], more]))
    expect(urls).toEqual(['/a?b=1', '/a?b=1', '/c', '/c'])
  })

  it('refuses a request on no page, or on one elsewhere', async () => {
    const seen: unknown[] = []
    const { channel, subscription } = setUp(async (request) => {
      seen.push(request)
      return '[]'
    })
    await channel.received(subscription, '[1,"x#y"]')
    await channel.received(subscription, '[2,"x#y",0,[],{"u":"//evil.example/"}]')
    expect(seen).toMatchObject([
      { n: 1, code: 'request_invalid' },
      { n: 2, code: 'request_invalid' },
    ])
  })

  it('lets a flood be answered, and keeps the page that the refused request told', async () => {
    const seen: unknown[] = []
    const { channel, subscription } = setUp(async (request, _caller, url) => {
      seen.push({ ...request, page: url })
      return '[]'
    })
    await channel.refused(subscription, '[1,"x#y",0,[],{"u":"/a"}]')
    await channel.received(subscription, '[2,"x#y"]')
    expect(seen).toMatchObject([
      { n: 1, code: 'flood' },
      { n: 2, target: 'x#y', page: '/a' },
    ])
  })

  it('tells that a request still runs, once it is old enough, and not after its answer', async () => {
    let finish: ((text: string) => void) | undefined
    const { channel, subscription, sent } = setUp(
      () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    const answered = channel.received(subscription, '[7,"x#y",0,[],{"u":"/"}]')
    channel.working?.(subscription, limits.progress - 1)
    expect(sent).toEqual([])
    channel.working?.(subscription, limits.progress)
    expect(sent).toEqual(['[7,"accepted"]'])
    finish?.('[7]')
    await answered
    channel.working?.(subscription, limits.progress)
    expect(sent).toEqual(['[7,"accepted"]', '[7]'])
  })

  it('cannot make out what has no number', async () => {
    const { channel, subscription } = setUp(async () => '[]')
    expect(await channel.received(subscription, 'nonsense')).toBe(false)
    expect(await channel.refused(subscription, 'nonsense')).toBe(false)
  })
})
