import { type MatchFunction, match, type ParamData, parse } from 'path-to-regexp'

/** What a route's pattern caught, decoded: a text, or the segments of a wildcard. */
export type RouteParams = Record<string, string | string[] | undefined>

export interface RouteMatch<T> {
  value: T
  /** Has no prototype: a parameter may be called `constructor`. */
  params: RouteParams
}

export interface Routes<T> {
  /** Throws `PathError` of path-to-regexp when the pattern is none. */
  add(path: string, value: T): void
  match(pathname: string): RouteMatch<T> | undefined
}

/**
 * Paths by the grammar of Express 5 (path-to-regexp 8): `/users/:id`, `/files/*path`, `/a{/:b}`. Case and a slash at
 * the end do not matter; the path that was added first wins. A pathname with a malformed escape matches nothing.
 */
export function createRoutes<T>(): Routes<T> {
  const fixed = new Map<string, T>()
  const patterns: { match: MatchFunction<ParamData>; value: T }[] = []

  function find(pathname: string): RouteMatch<T> | undefined {
    const key = pathname.toLowerCase()
    const value = fixed.get(key)
    if (value !== undefined || fixed.has(key)) return { value: value as T, params: Object.create(null) }
    for (const pattern of patterns) {
      const found = tryMatch(pattern.match, pathname)
      if (found) return { value: pattern.value, params: found.params }
    }
    return undefined
  }

  return {
    add(path, value) {
      const tokens = parse(withoutSlash(path), { encodePath: escapePath })
      const [first, ...rest] = tokens.tokens
      if (rest.length > 0 || (first && first.type !== 'text')) {
        patterns.push({ match: match(tokens), value })
        return
      }
      // Both spellings, each only if nothing added before has it: the Map is asked first.
      const key = first?.value.toLowerCase() ?? ''
      for (const spelling of key === '' ? ['/'] : [key, `${key}/`]) if (!find(spelling)) fixed.set(spelling, value)
    },
    match: find,
  }
}

function tryMatch(matchPath: MatchFunction<ParamData>, pathname: string): ReturnType<MatchFunction<ParamData>> {
  try {
    return matchPath(pathname)
  } catch (error) {
    if (error instanceof URIError) return false
    throw error
  }
}

/** "/a/" is the same route as "/a": a slash at the end is optional anyway. */
function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '')
}

/** `/über` as a browser asks for it; escapes that are there already stay. */
function escapePath(text: string): string {
  return text.replace(/[^!-~]+/g, encodeURIComponent)
}
