import { remedies } from './remedies.ts'
import type { Tell, Visit } from './visit.ts'

const mostRedirects = 5

/** The page itself, at the end of its redirects, and where its script is. */
export async function checkPage(visit: Visit, tell: Tell): Promise<boolean> {
  const bad = (detail: string, remedy?: string) => {
    tell({ step: 'page', ok: false, detail, ...(remedy !== undefined && { remedy }) })
    return false
  }
  for (let hops = 0; hops <= mostRedirects; hops++) {
    let got: Awaited<ReturnType<typeof visit.browser.ask>>
    try {
      got = await visit.browser.ask(visit.page, { headers: { accept: 'text/html' } })
    } catch (error) {
      tell({ step: 'page', ok: false, detail: `${visit.page}: ${(error as Error).message}`, unreachable: true })
      return false
    }
    const { status, headers, setCookie, body } = got
    visit.setCookie = [...visit.setCookie, ...setCookie]
    const location = headers.location
    if (status >= 300 && status < 400 && typeof location === 'string') {
      const next = new URL(location, visit.page)
      if (next.origin !== visit.page.origin) return bad(`it leads to ${next.origin}: check that address instead`)
      visit.page = next
      continue
    }
    if (status === 502 || status === 503 || status === 504) return bad(`${status}`, remedies.unreachable)
    if (status === 401 || status === 403) return bad(`${visit.page.pathname} answers ${status}`, remedies.login)
    if (status !== 200) return bad(`${visit.page.pathname} answers ${status}`)
    if (!/^text\/html/.test(String(headers['content-type'])))
      return bad(`${visit.page.pathname} is ${headers['content-type']}, no page`)
    visit.script = scriptOf(body, visit.page)
    tell({ step: 'page', ok: true, detail: `${visit.page} is a page` })
    return true
  }
  return bad(`more than ${mostRedirects} redirects`)
}

/** The client's script in a page: `…/client.js`, or the name with the digest. */
export function scriptOf(html: string, page: URL): URL | undefined {
  const sources = [...html.matchAll(/<script\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)/gi)].map(([, src = '']) => src)
  const found = sources.find((src) => /\/client(?:-[\w-]{16})?\.js(?:\?|$)/.test(src))
  return found === undefined ? undefined : new URL(found.replaceAll('&amp;', '&'), page)
}

/** The script: its first line tells where the cable is. */
export async function checkScript(visit: Visit, tell: Tell): Promise<boolean> {
  const bundled = visit.script === undefined
  const url = visit.script ?? new URL(`${visit.path}/client.js`, visit.page)
  const { status, body, headers } = await visit.browser.ask(url)
  const config = /^self\.Patella=(\{.*?\});/.exec(body)?.[1]
  if (status !== 200 || config === undefined) {
    const remedy = bundled ? remedies.script : remedies.location
    tell({ step: 'script', ok: false, detail: `${url.pathname} answers ${status}, and no script of Patella’s`, remedy })
    return false
  }
  const { path, cable } = JSON.parse(config) as { path: string; cable: string }
  visit.path = path
  visit.cable = new URL(cable, visit.page)
  const lasting = /immutable/.test(String(headers['cache-control']))
  const kept =
    lasting || (await visit.browser.ask(url, { headers: { 'if-none-match': String(headers.etag) } })).status === 304
  const how = lasting ? 'never changes' : kept ? 'is revalidated' : 'is loaded anew by each page'
  tell({
    step: 'script',
    ok: true,
    detail: `${url.pathname} ${how}${bundled ? ' (the page has a bundle of its own)' : ''}`,
  })
  return true
}

/** Whether the process is ready; a proxy may well keep this to itself. */
export async function checkHealth(visit: Visit, tell: Tell): Promise<boolean> {
  const { status, body } = await visit.browser.ask(new URL(`${visit.path}/ready`, visit.page))
  const ok = status !== 503
  const state =
    status === 200 && body.startsWith('ready')
      ? 'ready'
      : `answers ${status}: ${ok ? 'kept from the outside' : body.trim()}`
  tell({ step: 'ready', ok, detail: `${visit.path}/ready: ${state}` })
  return true
}
