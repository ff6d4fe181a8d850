interface Kept {
  readonly name: string
  readonly value: string
  readonly host: string
  /** Whether subdomains are sent it too. */
  readonly shared: boolean
  readonly path: string
}

export interface Place {
  readonly host: string
  readonly path: string
}

/** A browser's cookies (RFC 6265, section 5), as far as hosts and paths tell them apart. */
export class CookieJar {
  readonly #kept: Kept[] = []

  /** Takes the Set-Cookie lines of an answer. */
  store(lines: readonly string[], from: Place): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(/; */)
      const given = new Map(
        attributes.map((one) => splitAt(one, '=')).map(([name, value]) => [name.toLowerCase(), value]),
      )
      const [name, value] = splitAt(pair, '=')
      const domain = given.get('domain')?.replace(/^\./, '')
      const path = given.get('path') ?? (from.path.slice(0, from.path.lastIndexOf('/')) || '/')
      this.#put(
        { name, value, host: domain ?? from.host, shared: domain !== undefined, path },
        given.get('max-age') === '0',
      )
    }
  }

  /** The value that would be sent, of several the one that comes first. */
  get(name: string, to?: Place): string | undefined {
    return this.#for(to).find((one) => one.name === name)?.value
  }

  set(name: string, value: string, { host, path }: Place = { host: '127.0.0.1', path: '/' }): void {
    this.#put({ name, value, host, shared: false, path }, false)
  }

  /** The `Cookie` header for a request; the longest paths first. */
  header(to: Place): string {
    return this.#for(to)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  *[Symbol.iterator](): Iterator<[name: string, value: string]> {
    for (const { name, value } of this.#kept) yield [name, value]
  }

  #put(cookie: Kept, gone: boolean): void {
    const at = this.#kept.findIndex(
      ({ name, host, path }) => name === cookie.name && host === cookie.host && path === cookie.path,
    )
    if (at >= 0) this.#kept.splice(at, 1)
    if (!gone) this.#kept.push(cookie)
  }

  #for(to: Place | undefined): Kept[] {
    const sent = this.#kept.filter(
      ({ host, shared, path }) =>
        to === undefined ||
        ((host === to.host || (shared && to.host.endsWith(`.${host}`))) &&
          (path === to.path || to.path.startsWith(path.endsWith('/') ? path : `${path}/`))),
    )
    return sent.sort((one, other) => other.path.length - one.path.length)
  }
}

function splitAt(text: string, separator: string): [before: string, after: string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
