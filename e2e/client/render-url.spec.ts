import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import express, { type Response } from 'express'
import { createPatella, defineReflex, type Html, html } from 'patella'
import { connected, reflex, settled } from '../../client/playwright.ts'

/** Pages that a GET of their address would not give: answers to a POST, and a fragment with a URL of its own. */

const form = defineReflex('form', {
  check({ params, locals }) {
    locals.hint = `${String(params.name ?? '').length} letters`
  },
  add({ session }) {
    session.items = (session.items ?? 0) + 1
  },
  mark({ morph }) {
    morph('#hint', 'marked')
  },
})

let server: Server
let origin = ''
let asked: string[] = []

test.beforeAll(async () => {
  const patella = createPatella({ secret: 'x'.repeat(32), reflexes: [form], logger: false })
  const app = express()
  app.use((request, _response, next) => {
    asked.push(`${request.method} ${request.originalUrl}`)
    next()
  })
  app.use(patella.express(), express.urlencoded())
  const send = (response: Response, body: Html, url?: string) =>
    response.status(422).send(
      String(html`<!doctype html>
        <head><script src="/patella/client.js" defer></script><title>Sign up</title></head>
        <body data-reflex-url=${url}>${body}</body>`),
    )
  const fields = (response: Response) => html`
    <form method="post" action="/named" data-reflex="change->form#check">
      <input name="name" aria-label="Name"><p id="hint">${response.locals.hint}</p><button>Go</button>
    </form>
    <button data-reflex="form#mark">Mark</button>`
  app.get('/new', (_request, response) => void send(response, fields(response)).status(200))
  // As Rails has it: the form's page is /new, its POST goes elsewhere and answers with the errors itself.
  app.get('/named', (_request, response) => response.redirect('/elsewhere'))
  app.post('/named', (_request, response) => void send(response, fields(response), '/new'))
  app.get('/unnamed', (_request, response) => response.redirect('/elsewhere'))
  app.post('/unnamed', (_request, response) => void send(response, fields(response)))
  app.get('/elsewhere', (_request, response) => response.send('elsewhere'))
  const cart = async (request: express.Request) => {
    const { items = 0 } = await patella.session(request)
    return html`<section id="cart" data-reflex-root data-reflex-url="/cart">
      <output>${items}</output><button data-reflex="form#add">Add</button></section>`
  }
  app.get('/cart', async (request, response) => void response.send(String(await cart(request))))
  app.get('/shop', async (request, response) => void send(response, await cart(request)).status(200))
  server = app.listen(0)
  patella.attach(server)
  await once(server, 'listening')
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
})

test.afterAll(() => {
  server.close()
  server.closeAllConnections()
})

test('a page that answered a POST is rendered by the URL that it names', async ({ page }) => {
  await page.goto(`${origin}/new`)
  await page.getByRole('button', { name: 'Go' }).click()
  await expect(page).toHaveURL(`${origin}/named`)
  await connected(page)
  asked = []
  await page.getByLabel('Name').fill('Ada')
  const { status } = await reflex(page, 'form#check', () => page.getByLabel('Name').blur())
  expect(status).toBe('ok')
  await expect(page.locator('#hint')).toHaveText('3 letters')
  await expect(page.getByLabel('Name')).toHaveValue('Ada')
  await expect(page).toHaveURL(`${origin}/named`)
  expect(asked).toEqual(['GET /new'])
})

test('without a name a page morph is an error that says so, and never leads away', async ({ page }) => {
  await page.goto(`${origin}/new`)
  await page.evaluate(() => {
    const named = document.forms[0] as HTMLFormElement
    named.action = '/unnamed'
  })
  await page.getByRole('button', { name: 'Go' }).click()
  await expect(page).toHaveURL(`${origin}/unnamed`)
  await connected(page)
  await page.getByLabel('Name').fill('Ada')
  const { status, error } = await reflex(page, 'form#check', () => page.getByLabel('Name').blur())
  expect(status).toBe('error')
  expect(error).toMatchObject({ code: 'page_unnamed', message: expect.stringContaining('data-reflex-url') })
  await expect(page).toHaveURL(`${origin}/unnamed`)
  await expect(page.getByLabel('Name'), 'what was typed stays').toHaveValue('Ada')

  // What renders no page works.
  await page.getByRole('button', { name: 'Mark' }).click()
  await settled(page)
  await expect(page.locator('#hint')).toHaveText('marked')
})

test('a fragment is rendered by its own URL, and the page around it is not', async ({ page }) => {
  await page.goto(`${origin}/shop`)
  await connected(page)
  asked = []
  await page.getByRole('button', { name: 'Add' }).click()
  await settled(page)
  await expect(page.locator('#cart output')).toHaveText('1')
  expect(asked).toEqual(['GET /cart'])
})
