/**
 * What a proxy or an outer app puts before every path. Some of them take it off again before the app sees the request;
 * both ways are understood, request by request.
 */
export interface BasePath {
  /** `/shop`, or ''. */
  readonly prefix: string
  /** The path and query behind the prefix; undefined when the URL is outside. */
  inside(url: string): string | undefined
  /** As the browser names it: with the prefix, which may have been taken off. */
  whole(url: string): string
  /** Behind the prefix, whether that was taken off or not. */
  behind(url: string): string
}

export function createBasePath(prefix: string): BasePath {
  const inside = (url: string) => {
    if (!url.startsWith(prefix)) return undefined
    const rest = url.slice(prefix.length)
    if (rest === '' || rest.startsWith('?')) return `/${rest}`
    return rest.startsWith('/') ? rest : undefined
  }
  return {
    prefix,
    inside,
    whole: (url) => (inside(url) === undefined ? prefix + url : url),
    behind: (url) => inside(url) ?? url,
  }
}
