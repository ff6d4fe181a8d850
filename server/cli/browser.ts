import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { WebSocket } from 'ws'

export interface BrowserOptions {
  /** `a=b; c=d`, to come with. */
  readonly cookie: string
  /** Accepts any certificate. */
  readonly insecure: boolean
  readonly timeoutMs: number
}

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly setCookie: readonly string[]
  readonly body: string
}

/** As much of a browser as a check needs: a cookie jar, plain requests, and a WebSocket with the page's Origin. */
export interface Browser {
  readonly cookies: Map<string, string>
  /** Redirects are not followed. Rejects when nothing answers. */
  ask(url: URL, options?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Got>
  /** Not yet open. */
  connect(url: URL, origin: string, protocol: string): WebSocket
  /** One that has been nowhere, and comes with no cookie. */
  fresh(): Browser
}

export function createBrowser(options: BrowserOptions): Browser {
  const { insecure, timeoutMs } = options
  const cookies = new Map(options.cookie.split(/; */).filter(Boolean).map(splitPair))
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const common = { 'user-agent': 'patella-check', 'accept-language': 'en' }

  return {
    cookies,
    ask(url, { method = 'GET', headers = {}, body } = {}) {
      const send = url.protocol === 'https:' ? requestHttps : requestHttp
      const sent: Record<string, string> = { ...common, ...headers }
      if (cookies.size > 0) sent.cookie = cookieHeader()
      return new Promise((resolve, reject) => {
        const request = send(
          url,
          { method, headers: sent, rejectUnauthorized: !insecure, agent: false },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', reject)
            response.on('end', () => {
              const setCookie = response.headers['set-cookie'] ?? []
              for (const line of setCookie) cookies.set(...splitPair(line.split(';', 1)[0] as string))
              const text = Buffer.concat(chunks).toString('utf8')
              resolve({ status: response.statusCode ?? 0, headers: response.headers, setCookie, body: text })
            })
          },
        )
        request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
        request.on('error', reject)
        request.end(body)
      })
    },
    connect(url, origin, protocol) {
      const headers = { ...common, cookie: cookieHeader() }
      return new WebSocket(url, [protocol], {
        origin,
        headers,
        rejectUnauthorized: !insecure,
        handshakeTimeout: timeoutMs,
      })
    },
    fresh: () => createBrowser({ ...options, cookie: '' }),
  }
}

function splitPair(pair: string): [name: string, value: string] {
  const at = pair.indexOf('=')
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}
