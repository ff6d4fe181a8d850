import type { ErrorCode } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import { parseRequest, type ReflexRequest, type RefusedRequest } from '../reflex/request.ts'
import type { Run } from '../reflex/run.ts'
import type { Channel, ChannelFactory, Client, Subscription } from './channel.ts'

/**
 * The channel of reflexes: each message is a request, and each gets exactly one reply. `openBases`: for what one tab is sent.
 */
export function createReflexChannel(run: Run, limits: Limits, openBases?: () => Client['bases']): ChannelFactory {
  return (client) => reflexChannel(run, limits, client.deltas && openBases ? { ...client, bases: openBases() } : client)
}

function reflexChannel(run: Run, limits: Limits, client: Client): Channel {
  let url: string | undefined
  let posted = false
  let current: number | undefined

  /** Takes the page's URL from the request that tells it; a request on no page is refused. */
  function located(request: ReflexRequest | RefusedRequest): ReflexRequest | RefusedRequest {
    if ('code' in request) return request
    if (request.url !== undefined) {
      url = request.url
      posted = request.posted
    }
    if (url === undefined) return { n: request.n, code: 'request_invalid', reason: 'no request told the page yet' }
    return posted === request.posted ? request : { ...request, posted }
  }

  /** Answers one message; `refusal` when it is not to run. */
  async function answer(subscription: Subscription, data: string, refusal?: ErrorCode): Promise<boolean> {
    const parsed = parseRequest(data, limits)
    if (parsed === undefined) return false
    const request = located(parsed)
    current = request.n
    const { n } = request
    const asked = refusal === undefined ? request : { n, code: refusal, reason: 'too many requests' }
    subscription.send(await run(asked, client, url ?? '/'))
    current = undefined
    return true
  }

  return {
    subscribed: () => client.tab !== '',
    received: (subscription, data) => answer(subscription, data),
    refused: (subscription, data) => answer(subscription, data, 'flood'),
    unsubscribed() {},
    working(subscription, sinceMs) {
      if (current !== undefined && sinceMs >= limits.progress) subscription.send(`[${current},"accepted"]`)
    },
  }
}
