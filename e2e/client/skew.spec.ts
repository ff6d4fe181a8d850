import { connected, reflex } from '../../client/playwright.ts'
import { protocolVersion } from '../../protocol/messages.ts'
import { expect, test } from '../support/gallery.ts'

/** While a deploy rolls out, pages of one version meet processes of another: as if the script were older or newer. */
for (const [script, version] of [
  ['older', protocolVersion - 1],
  ['newer', protocolVersion + 1],
] as const) {
  test(`a script that is one version ${script} than the server works`, async ({ page }) => {
    await page.addInitScript((spoken) => {
      globalThis.WebSocket = class extends WebSocket {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(String(url).replace(/([?&]v=)\d+/, `$1${spoken}`), protocols)
        }
      }
    }, version)
    const sockets: string[] = []
    page.on('websocket', (socket) => sockets.push(socket.url()))
    await page.goto('/counter')
    await connected(page)
    const { status } = await reflex(page, 'counter#increment', () => page.getByRole('button', { name: '+1' }).click())
    expect(status).toBe('ok')
    await expect(page.locator('#count')).toHaveText('1')
    expect(sockets).toEqual([expect.stringContaining(`v=${version}&`)])
  })
}
