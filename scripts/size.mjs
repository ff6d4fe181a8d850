/** `npm run size`: what the client weighs, part by part, held to its limit. */
import { gzipSync } from 'node:zlib'
import { bundle } from './client.mjs'

/** Most bytes that client.js may take on the wire: gzip, level 9. */
const limit = 12_288

main()

async function main() {
  const { code, inputs } = await bundle('client.js')
  const gzip = gzipSync(code, { level: 9 }).length
  // What a part adds once compressed depends on its neighbours: its share of the whole is what can be said.
  const share = gzip / Object.values(inputs).reduce((sum, { bytesInOutput }) => sum + bytesInOutput, 0)
  const parts = Object.entries(inputs).sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)

  print('bytes', 'minified', 'gzip')
  for (const [path, { bytesInOutput }] of parts) print(path, bytesInOutput, `~${Math.round(bytesInOutput * share)}`)
  print('client.js', code.length, gzip)
  print('limit', '', limit)
  if (gzip > limit) {
    process.stderr.write(`client.js is ${gzip - limit} bytes over its limit.\n`)
    process.exitCode = 1
  }
}

function print(name, minified, gzip) {
  process.stdout.write(`${name.padEnd(44)} ${String(minified).padStart(9)} ${String(gzip).padStart(9)}\n`)
}
