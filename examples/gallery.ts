import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Express } from 'express'
import { html, type Patella, type PatellaOptions } from 'patella'
import { counter } from './counter/index.ts'
import type { Example, ExampleContext, Show } from './example.ts'
import { layout, type Source } from './layout.ts'
import { accounts } from './signup/index.ts'
import { storeNamed } from './store.ts'
import { table } from './table/index.ts'
import { todo } from './todo/index.ts'

const examples: readonly Example[] = [counter, todo, table, accounts]

/** `STORE=redis` and so on; the address is the environment's. */
const store = storeNamed(process.env.STORE)

/** For both hosts. By default sessions live in memory and end with the process: so may the secret. */
export const options: PatellaOptions = {
  secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
  reflexes: examples.flatMap((example) => example.reflexes),
  ...(store && { session: { store } }),
}

/** The tightest policy that the pages work under: everything comes from the server itself, nothing is inline. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'private, no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types patella',
  ].join('; '),
}

/** Static files of this folder, by their paths. */
const files: Readonly<Record<string, string>> = {
  '/style.css': 'text/css; charset=utf-8',
  '/icon.svg': 'image/svg+xml',
}

/** Mounts every example on Patella's own pages. */
export function mountOnPatella(patella: Patella): void {
  for (const [path, type] of Object.entries(files)) {
    patella.page(path, () => new Response(read(path), { headers: { 'content-type': type } }))
  }
  for (const [path, show] of pages()) {
    patella.page(path, (ctx) => {
      const { session, locals, flash, url } = ctx
      const shown = show({ session, locals, flash, url, action: patella.action })
      return shown instanceof Response ? shown : new Response(String(shown), { headers })
    })
  }
}

/** Mounts the same examples on Express, as routes of its own. */
export function mountOnExpress(app: Express, patella: Patella): void {
  app.use(patella.express())
  for (const [path, type] of Object.entries(files)) {
    app.get(path, (_request, response) => void response.type(type).send(read(path)))
  }
  for (const [path, show] of pages()) {
    app.get(path, async (request, response) => {
      const shown = show({
        session: await patella.session(request),
        flash: await patella.flash(request),
        locals: response.locals,
        url: new URL(request.originalUrl, `${request.protocol}://${request.host}`),
        action: patella.action,
      })
      if (shown instanceof Response) response.redirect(shown.status, shown.headers.get('location') ?? '/')
      else response.set(headers).send(String(shown))
    })
  }
}

/** Every page in the gallery's frame, by its path. */
function pages(): [path: string, show: Show][] {
  const nav = examples.map((example) => [homeOf(example), example.title] as const)
  return [['/', index(nav)], ...examples.flatMap((example) => framed(example, nav))]
}

type Nav = readonly (readonly [path: string, title: string])[]

function framed({ title, about, pages, files }: Example, nav: Nav): [path: string, show: Show][] {
  const sources = files.map((file): Source => ({ file, text: read(file) }))
  return Object.entries(pages).map(([path, show]) => [
    path,
    (ctx: ExampleContext) => {
      const content = show(ctx)
      return content instanceof Response ? content : layout({ title, about, path, nav, sources }, content)
    },
  ])
}

function index(nav: Nav): Show {
  const about =
    'Server-rendered pages, in real time: an attribute sends an action, the server answers with the smallest patch.'
  const cards = html`
    <ul class="cards">
      ${examples.map(
        (example) => html`
      <li><a href=${homeOf(example)}><h2>${example.title}</h2><p>${example.about}</p></a></li>`,
      )}
    </ul>`
  return () => layout({ title: 'Patella', about, path: '/', nav, sources: [] }, cards)
}

function homeOf({ pages }: Example): string {
  return Object.keys(pages)[0] as string
}

/** Reads a file of the repository's examples/: this module is dist/examples/gallery.js when it was built. */
function read(file: string): string {
  const root = import.meta.url.endsWith('.ts') ? './' : '../../examples/'
  return readFileSync(new URL(root + file.replace(/^\//, ''), import.meta.url), 'utf8')
}
