import { expect, test } from '@playwright/test'
import { connected, settled } from '../../client/playwright.ts'
import { type Child, hosts, startServer } from '../support/child.ts'

/** Replies are written against what the tab has; a tab that does not have it asks again, once. */

let app: Child
test.beforeAll(async () => {
  app = await startServer(hosts.express, { env: { SESSION_SECRET: 's'.repeat(32) } })
})
test.afterAll(() => app.stop())

test('a delta that gives another text than it should is asked for again, whole, and the click counts once', async ({
  page,
}) => {
  const replies: string[] = []
  const requests: string[] = []
  let spoil = false
  await page.routeWebSocket(/\/patella\/cable/, (tab) => {
    const server = tab.connectToServer()
    tab.onMessage((message) => {
      if (String(message).includes('"message"')) requests.push(String(message))
      server.send(message)
    })
    server.onMessage((message) => {
      const text = String(message)
      const isDelta = /\[\[0,1,"/.test(text)
      replies.push(text)
      tab.send(spoil && isDelta ? text.replace(/"([\w-]{4})[\w-]"\]\]/, '"$1!"]]') : text)
      if (isDelta) spoil = false
    })
  })
  const errors: string[] = []
  page.on('console', (line) => line.type() === 'error' && errors.push(line.text()))
  await page.goto(`http://localhost:${app.port}/counter`)
  await connected(page)
  const click = async () => {
    await page.getByRole('button', { name: '+1' }).click()
    await settled(page)
  }
  await click()
  await click()
  await expect(page.locator('#count')).toHaveText('2')
  expect(replies.at(-1)).toMatch(/\[2,\[\[0,1,"/)
  spoil = true
  await click()
  await expect(page.locator('#count')).toHaveText('3')
  expect(errors).toEqual(['Patella: delta 3'])
  expect(requests.slice(-2).map((text) => JSON.parse(JSON.parse(text).data))).toEqual([
    [3, 'counter#increment'],
    [3, 'counter#increment', 0, [], { x: 1 }],
  ])
  expect(replies.at(-1)).toContain('data-reflex-root')
  await click()
  await expect(page.locator('#count')).toHaveText('4')
  expect(replies.at(-1)).toMatch(/\[4,\[\[0,1,"/)
  await page.reload()
  await expect(page.locator('#count')).toHaveText('4')
})
