import type { AddressInfo } from 'node:net'
import { action, createPatella, defineReflex, html, memory, type SessionStore } from 'patella'
import * as v from 'valibot'
import { startProxy, type TcpProxy } from './proxy.ts'

export interface HangServer {
  readonly url: string
  readonly wire: TcpProxy
  /** What the page renders from now on. */
  page: 'whole' | 'empty' | 'rootless' | 'unauthorized'
  /** How the session store behaves from now on. */
  store: 'well' | 'failing' | 'hanging'
  close(): Promise<void>
}

const hang = defineReflex('hang', {
  count({ session }) {
    session.count = (session.count ?? 0) + 1
  },
  greet: action({ args: [v.string()] }, (_ctx, name) => `Hello ${name}`),
  fail() {
    throw new Error('the reason stays on the server')
  },
  /** What a newer server might send to an older tab. */
  future({ nothing, operations }) {
    nothing()
    ;(operations.list as unknown[]).push(['fromTheFuture', { of: 'the table' }])
    operations.setTitle('done')
  },
  absent({ morph }) {
    morph('#absent', '<p>Nobody sees this</p>')
    morph('#count', 'patched')
  },
  /** The browser refuses the first operation. */
  elsewhere({ nothing, operations }) {
    nothing()
    operations.pushState('https://elsewhere.test/').setTitle('done')
  },
  /** Moves the session to another id. */
  login({ session }) {
    session.logins = (session.logins ?? 0) + 1
    session.regenerate()
  },
  vanish({ session }) {
    session.gone = true
  },
})

/** A server whose page, store and connection a test can spoil, with short limits. */
export async function startHangServer(): Promise<HangServer> {
  const patella = createPatella({
    secret: 'hang'.repeat(10),
    reflexes: [hang],
    session: { store: spoiled(memory(), () => state.store) },
    limits: { action: 1_000 },
    logger: false,
    production: true,
  })
  patella.page('/', ({ session }) => {
    if (state.page === 'empty') return ''
    if (state.page === 'unauthorized') return new Response('Who are you?', { status: 401 })
    const content = html`
      <output id="count">${session.count ?? 0}</output> <output id="logins">${session.logins ?? 0}</output>
      <button id="plus" data-reflex="hang#count">+1</button>
      ${!session.gone && html`<button id="vanish" data-reflex="hang#vanish">Vanish</button>`}`
    const body = state.page === 'rootless' ? 'elsewhere' : html`<main id="main" data-reflex-root>${content}</main>`
    return html`<!doctype html>
      <html lang="en">
      <head><script src="/patella/client.js" defer></script><title>Hang</title></head>
      <body>${body}</body>
      </html>`
  })
  const server = await patella.listen(0, '127.0.0.1')
  const wire = await startProxy((server.address() as AddressInfo).port)
  const state: HangServer = {
    url: `http://127.0.0.1:${wire.port}/`,
    wire,
    page: 'whole',
    store: 'well',
    async close() {
      state.store = 'well'
      await patella.close()
      await wire.close()
    },
  }
  return state
}

function spoiled(store: SessionStore, how: () => HangServer['store']): SessionStore {
  const spoil = <T>(call: () => T): T | Promise<never> => {
    if (how() === 'failing') throw new Error('ECONNREFUSED')
    return how() === 'hanging' ? new Promise<never>(() => {}) : call()
  }
  return {
    name: 'spoiled',
    acquire: (...args) => spoil(() => store.acquire(...args)),
    read: (...args) => spoil(() => store.read(...args)),
    commit: (...args) => spoil(() => store.commit(...args)),
    release: (...args) => spoil(() => store.release(...args)),
    touch: (...args) => spoil(() => store.touch(...args)),
  }
}
