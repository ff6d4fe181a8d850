import type { Limits } from '../../protocol/limits.ts'
import { parseRequest, type ReflexRequest, type RefusedRequest } from '../reflex/request.ts'
import type { Run } from '../reflex/run.ts'
import type { Channel, ChannelFactory, Client } from './channel.ts'

/** 16 random bytes, base64url. */
const tabId = /^[\w-]{22}$/

/** The channel of reflexes: each message is a request, and each gets exactly one reply. */
export function createReflexChannel(run: Run, limits: Limits): ChannelFactory {
  return (client) => reflexChannel(run, limits, client)
}

function reflexChannel(run: Run, limits: Limits, client: Client): Channel {
  let url: string | undefined
  let current: number | undefined

  /** Takes the page's URL from the request that tells it; a request on no page is refused. */
  function located(request: ReflexRequest | RefusedRequest): ReflexRequest | RefusedRequest {
    if ('code' in request) return request
    url = request.url ?? url
    return url === undefined
      ? { n: request.n, code: 'request_invalid', reason: 'no request told the page yet' }
      : request
  }

  return {
    subscribed: () => tabId.test(client.tab),
    async received(subscription, data) {
      const request = parseRequest(data, limits)
      if (request === undefined) return false
      current = request.n
      subscription.send(await run(located(request), { ...client, url: url ?? '/' }))
      current = undefined
      return true
    },
    refused(subscription, data) {
      const request = parseRequest(data, limits)
      if (request !== undefined) subscription.send(JSON.stringify([request.n, 'rate_limited', { code: 'flood' }]))
    },
    unsubscribed() {},
    working(subscription, sinceMs) {
      if (current !== undefined && sinceMs >= limits.progress) subscription.send(`[${current},"accepted"]`)
    },
  }
}
