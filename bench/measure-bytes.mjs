import { connected, settled } from '../dist/client/playwright.js'

/** Events by the buttons that cause them, page by page. */
export const events = { counter: ['+1'], table: ['one', 'all', 'prepend', 'sort'] }

/**
 * Payload bytes of the WebSocket messages of one event, up and down, heartbeats left out: of the first time that it happens, the
 * first event's second time, for the first reply has no text to be written against.
 * @param {import('@playwright/test').Page} page
 * @param {string} url
 * @param {readonly string[]} buttons
 * @returns {Promise<Record<string, { up: number, down: number }>>} also of `join`
 */
export async function measureBytes(page, url, buttons) {
  const bytes = { up: 0, down: 0 }
  const count = (direction) => {
    return ({ payload }) => {
      const text = String(payload)
      if (!/"type":"ping"|"command":"pong"/.test(text)) bytes[direction] += Buffer.byteLength(text)
    }
  }
  page.on('websocket', (socket) => socket.on('framesent', count('up')).on('framereceived', count('down')))
  const since = async (work) => {
    Object.assign(bytes, { up: 0, down: 0 })
    await work()
    return { ...bytes }
  }
  const measured = {}
  measured.join = await since(async () => {
    await page.goto(url)
    await connected(page)
  })
  const click = async (name) => {
    await page.getByRole('button', { name, exact: true }).click()
    await settled(page)
  }
  await click(buttons[0])
  for (const name of buttons) measured[name] = await since(() => click(name))
  return measured
}
