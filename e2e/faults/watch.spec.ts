import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { connected } from '../../client/playwright.ts'

const patella = new URL('../../dist/server/index.js', import.meta.url).href

/** An app as one has it open in an editor. It has no secret. */
const source = (label: string, port: number) => `
import { createPatella, defineReflex, html } from ${JSON.stringify(patella)}
const counter = defineReflex('counter', { increment({ session }) { session.count = (session.count ?? 0) + 1 } })
const app = createPatella({ reflexes: [counter], logger: false })
app.page('/', ({ session }) => html\`<!doctype html><title>Watched</title>
<script src="/patella/client.js" defer></script>
<button data-reflex="counter#increment">${label} \${session.count ?? 0}</button>\`)
await app.listen(${port}, '127.0.0.1')
console.log('listening')
`

test('a file saved under node --watch: the session stays, and the page shows what is new by itself', async ({
  page,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'patella-watch-'))
  const file = join(folder, 'server.mjs')
  const port = await freePort()
  writeFileSync(file, source('before', port))
  // In the folder of its own, for what survives a restart is kept by folder.
  const child = spawn(process.execPath, ['--watch', file], { cwd: folder, env: { ...process.env, NODE_ENV: '' } })
  try {
    await once(child.stdout, 'data')
    await page.goto(`http://127.0.0.1:${port}/`)
    await connected(page)
    const button = page.getByRole('button')
    await button.click()
    await expect(button).toHaveText('before 1')
    writeFileSync(file, source('after', port))
    await expect(button).toHaveText('after 1')
    await button.click()
    await expect(button).toHaveText('after 2')
  } finally {
    child.kill()
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
