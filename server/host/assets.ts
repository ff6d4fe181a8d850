import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import type { ClientConfig } from '../../protocol/messages.ts'
import { type Html, html } from '../page/html.ts'
import type { Answer } from './answer.ts'

interface Script {
  readonly files: ReadonlyMap<string, { headers: Readonly<Record<string, string>>; etag: string; body: string }>
  /** Name that changes with the text. */
  readonly name: string
  /** Subresource integrity (W3C SRI): `sha384-…`. */
  readonly integrity: string
}

export interface Assets {
  /** The asset of this name; undefined when there is none. */
  answer(name: string, headers: IncomingHttpHeaders): Answer | undefined
  /** `<script>` by the name that never changes, with its digest. */
  scriptTag(options?: { nonce?: string | undefined }): Html
}

const revalidated = 'public, no-cache'
const immutable = 'public, max-age=31536000, immutable'

/** The client script as it is served: the same text under a name that is revalidated and under one that never changes. */
export function createAssets(config: ClientConfig, production: boolean): Assets {
  let loaded: Script | undefined
  const script = () => {
    loaded ??= load(config, production ? 'client.js' : 'client.dev.js')
    return loaded
  }

  return {
    answer(name, headers) {
      const file = script().files.get(name)
      if (file === undefined) return undefined
      // A proxy that compresses weakens the tag.
      const unchanged = headers['if-none-match']?.replace(/^W\//, '') === file.etag
      const fresh = { ...file.headers, etag: file.etag, 'x-content-type-options': 'nosniff' }
      return { status: unchanged ? 304 : 200, headers: fresh, body: unchanged ? '' : file.body, setCookie: [] }
    },
    scriptTag({ nonce } = {}) {
      const { name, integrity } = script()
      return html`<script src=${`${config.path}/${name}`} integrity=${integrity} nonce=${nonce} defer></script>`
    },
  }
}

function load(config: ClientConfig, name: string): Script {
  const text = `self.Patella=${JSON.stringify(config)};\n${readClient(name)}`
  // Both names of the script find the map under the first one's.
  const body = text.replace(/\/\/# sourceMappingURL=\S+\s*$/, '//# sourceMappingURL=client.js.map\n')
  // One generated line stands before the code that the map speaks of.
  const map = JSON.parse(readClient(`${name}.map`))
  const mapBody = JSON.stringify({ ...map, mappings: `;${map.mappings}` })
  const hash = hashOf(body)
  const file = (body: string, type: string, cache: string) => ({
    headers: { 'content-type': type, 'cache-control': cache },
    etag: `"${hashOf(body)}"`,
    body,
  })
  const js = 'text/javascript; charset=utf-8'
  return {
    files: new Map([
      ['client.js', file(body, js, revalidated)],
      [`client-${hash}.js`, file(body, js, immutable)],
      ['client.js.map', file(mapBody, 'application/json', revalidated)],
      // What the client fetches when a page needs it.
      ['more.js', file(readClient('more.js'), js, revalidated)],
      ['more.js.map', file(readClient('more.js.map'), 'application/json', revalidated)],
    ]),
    name: `client-${hash}.js`,
    integrity: `sha384-${createHash('sha384').update(body).digest('base64')}`,
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** Reads a built file: this module is dist/server/host/assets.js, or server/host/assets.ts where tests run the sources. */
function readClient(name: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/client/' : '../../client/'
  return readFileSync(new URL(root + name, import.meta.url), 'utf8')
}
