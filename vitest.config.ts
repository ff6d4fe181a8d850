import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^patella$/, replacement: from('server/index.ts') },
      { find: /^patella\/client$/, replacement: from('client/index.ts') },
      { find: /^patella\/conformance$/, replacement: from('server/conformance.ts') },
    ],
  },
  test: {
    include: ['{protocol,server,client,examples,scripts,docs}/**/*.test.{ts,tsx}'],
    allowOnly: !process.env.CI,
    // Long counts take minutes: the limit is there to end a hang, not to time a test.
    testTimeout: process.env.PATELLA_FULL ? 600_000 : 30_000,
  },
})
