import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientConfig } from '../../protocol/messages.ts'

interface Asset {
  readonly body: string
  readonly type: string
  readonly etag: string
  readonly cache: string
}

const revalidated = 'public, no-cache'
const immutable = 'public, max-age=31536000, immutable'

/** The client script as it is served: the same text under a name that is revalidated and under one that never changes. */
export function createAssets(config: ClientConfig, production: boolean): Assets {
  let assets: Map<string, Asset> | undefined
  const load = () => {
    const name = production ? 'client.js' : 'client.dev.js'
    const script = `self.Patella=${JSON.stringify(config)};\n${readClient(name)}`
    const hash = hashOf(script)
    // One generated line stands before the code that the map speaks of.
    const map = JSON.parse(readClient(`${name}.map`))
    const mapText = JSON.stringify({ ...map, mappings: `;${map.mappings}` })
    const js = { body: withMapName(script), type: 'text/javascript; charset=utf-8', etag: `"${hash}"` }
    return new Map<string, Asset>([
      ['client.js', { ...js, cache: revalidated }],
      [`client-${hash}.js`, { ...js, cache: immutable }],
      ['client.js.map', { body: mapText, type: 'application/json', etag: `"${hashOf(mapText)}"`, cache: revalidated }],
    ])
  }

  return {
    serve(name, request, response) {
      assets ??= load()
      const asset = assets.get(name)
      if (asset === undefined) return false
      response.setHeader('content-type', asset.type)
      response.setHeader('cache-control', asset.cache)
      response.setHeader('etag', asset.etag)
      response.setHeader('x-content-type-options', 'nosniff')
      // A proxy that compresses weakens the tag.
      if (request.headers['if-none-match']?.replace(/^W\//, '') === asset.etag) response.writeHead(304).end()
      else response.end(request.method === 'HEAD' ? undefined : asset.body)
      return true
    },
  }
}

export interface Assets {
  /** Answers when there is an asset of this name; false otherwise. */
  serve(name: string, request: IncomingMessage, response: ServerResponse): boolean
}

/** Both names of the script find the map under the first one's. */
function withMapName(script: string): string {
  return script.replace(/\/\/# sourceMappingURL=\S+\s*$/, '//# sourceMappingURL=client.js.map\n')
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** Reads a built file: this module is dist/server/host/assets.js, or server/host/assets.ts where tests run the sources. */
function readClient(name: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/client/' : '../../client/'
  return readFileSync(new URL(root + name, import.meta.url), 'utf8')
}
