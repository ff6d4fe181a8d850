import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createVisitors, type TrustProxy } from './visitor.ts'

const direct = { scheme: 'http', host: 'app', address: '10.0.0.1' }
const told = {
  'x-forwarded-proto': 'http, https, http',
  'x-forwarded-host': 'evil.example, shop.example, inner',
  'x-forwarded-for': '203.0.113.9, 198.51.100.7, 10.0.0.2',
}
const one = { scheme: 'http', host: 'inner', address: '10.0.0.2' }
const two = { scheme: 'https', host: 'shop.example', address: '198.51.100.7' }

function seen(trustProxy: TrustProxy | undefined, headers: Record<string, string>) {
  const request = { headers: { host: 'app', ...headers }, socket: { remoteAddress: '10.0.0.1' } }
  const { scheme, host, address } = createVisitors(trustProxy).of(request as unknown as IncomingMessage)
  return { scheme, host, address }
}

describe('trustProxy', () => {
  it.each([
    ['left out', undefined, direct],
    ['false', false, direct],
    ['0', 0, direct],
    ['a number of proxies, one', 1, one],
    ['a number of proxies, two', 2, two],
    ['a subnet', '10.0.0.0/8', two],
    ['a text with commas', '10.0.0.1, 10.0.0.2', two],
    ['a list', ['10.0.0.1'], one],
    ['another subnet', '192.168.0.0/16', direct],
    ['everybody', true, { scheme: 'http', host: 'evil.example', address: '203.0.113.9' }],
  ] as const)('%s', (_, trustProxy, expected) => {
    expect(seen(trustProxy, told)).toEqual(expected)
  })

  it('takes the one value of proxies that overwrite a header instead of adding to it', () => {
    const headers = { ...told, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    expect(seen(2, headers)).toEqual(two)
  })

  it('takes the request’s own where a proxy tells nothing', () => {
    expect(seen(1, {})).toEqual(direct)
  })
})
