import type { Browser, Got } from './browser.ts'
import { remedies } from './remedies.ts'
import type { Finding, Tell, Visit } from './visit.ts'

/** A session's cookie by its value: an id, a dot, a signature. */
const shape = /^([^=]+)=([\w-]{32}\.[\w-]{43})(?:;|$)/

/** The session's cookie: that it comes, what it says of itself, and that it is nobody else's. */
export async function checkCookie(visit: Visit, tell: Tell): Promise<boolean> {
  const bad = (detail: string, remedy: string) => {
    tell({ step: 'cookie', ok: false, detail, remedy })
    return true
  }
  const quiet = await askQuietly(visit, visit.browser)
  const line = [...visit.setCookie, ...quiet.setCookie].find((one) => shape.test(one))
  if (line === undefined) {
    if ([...visit.browser.cookies].some(([name, value]) => shape.test(`${name}=${value}`))) {
      tell({ step: 'cookie', ok: true, detail: 'came with one, and keeps it' })
      return true
    }
    // A refused Origin is the next step's affair.
    if (quiet.status === 403) return true
    return bad(`neither the page nor ${visit.path}/session brings one`, remedies.cookieHidden)
  }
  const [, name = '', value = ''] = shape.exec(line) ?? []
  if (await isShared(visit, value)) return bad(`two visitors are given the same ${name}`, remedies.cookieCached)
  if (!/;\s*httponly/i.test(line))
    return bad(`${name} is not HttpOnly`, 'nginx: proxy_cookie_flags must leave httponly on.')
  if (visit.page.protocol === 'https:' && !/;\s*secure/i.test(line))
    return bad(`${name} is not Secure on https`, remedies.proto)
  const path = /;\s*path=([^;]+)/i.exec(line)?.[1]?.trim() ?? '/'
  if (!isWithin(visit.page.pathname, path))
    return bad(
      `${name} is for ${path}, and the page is ${visit.page.pathname}`,
      'createPatella({ basePath }): what a proxy puts before every path.',
    )
  tell({ step: 'cookie', ok: true, detail: line.slice(line.indexOf(';') + 2) })
  return true
}

/** Whether a cookie for `path` goes with requests for `pathname` (RFC 6265, section 5.1.4). */
export function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** The quiet request: whether the app knows under which address the browser sees it. */
export async function checkOrigin(visit: Visit, tell: Tell): Promise<boolean> {
  const got = await askQuietly(visit, visit.browser)
  if (got.status === 204) {
    tell({ step: 'origin', ok: true, detail: `the app knows itself as ${visit.page.origin}` })
    return true
  }
  tell({
    step: 'origin',
    ok: false,
    ...(refusalOf(got.body, visit.page) ?? {
      detail: `${visit.path}/session answers ${got.status}`,
      remedy: remedies.location,
    }),
  })
  return false
}

/** What a refused Origin tells: where the app believes to be, and whether it was told otherwise. */
export function refusalOf(body: string, page: URL): Pick<Finding, 'detail' | 'remedy'> | undefined {
  const own = /^origin_refused: A page of \S+ asked for (\S+?),/.exec(body)?.[1]
  if (own === undefined || !URL.canParse(own)) return undefined
  const detail = `the app believes to be ${own}, and the browser asks ${page.origin}`
  const { protocol, host } = new URL(own)
  if (/came along and was not trusted/.test(body)) return { detail, remedy: remedies.untrusted }
  if (host !== page.host) return { detail, remedy: remedies.host }
  return { detail, remedy: protocol === page.protocol ? remedies.origin : remedies.proto }
}

function askQuietly({ path, page }: Visit, browser: Browser): Promise<Got> {
  const headers = { origin: page.origin, 'content-type': 'application/json' }
  return browser.ask(new URL(`${path}/session`, page), { method: 'POST', headers, body: '{}' })
}

/** Whether somebody else, who comes without a cookie, is given the same one. */
async function isShared(visit: Visit, value: string): Promise<boolean> {
  const others = await Promise.all([visit.browser.fresh(), visit.browser.fresh()].map((other) => other.ask(visit.page)))
  return others.some(({ setCookie }) => setCookie.some((line) => line.includes(value)))
}
