/** What `bench:morph` runs in the page: each engine brings a root of its own from one HTML to another. */
import { Idiomorph } from 'idiomorph'
import morphdom from 'morphdom'
import { parseFragment } from '../client/markup.ts'
import * as more from '../client/patch/more.ts'
import { createPatcher } from '../client/patch/patch.ts'

let n = 0
const patcher = createPatcher(
  () => n + 1,
  async () => more,
)

/** Each makes of the root in `host` what the text says. */
const engines = {
  Patella(host, html) {
    const root = host.firstElementChild
    patcher.patch(root, () => parseFragment(html, root).firstElementChild, ++n, html)
  },
  morphdom(host, html) {
    morphdom(host.firstElementChild, html)
  },
  idiomorph(host, html) {
    Idiomorph.morph(host.firstElementChild, html)
  },
  innerHTML(host, html) {
    host.innerHTML = html
  },
}

/** They do not count: code is compiled, and Patella's patcher fetches its other half after its first large text. */
const warmUps = 2

/**
 * Milliseconds that each engine takes from the one text to the other, with parsing and layout, time after time. They take turns,
 * so that what disturbs the machine hits all alike; one after another begins. Only the root of the one whose turn it is stands
 * in the page.
 */
async function measure(from, to, repetitions) {
  const hosts = new Map(Object.keys(engines).map((name) => [name, createHost(from)]))
  const times = Object.fromEntries(hosts.keys().map((name) => [name, []]))
  const wanted = createHost(to).innerHTML
  const order = [...hosts.keys()]
  for (let round = -warmUps; round < repetitions; round++) {
    for (const name of order) {
      const ms = await turn(engines[name], hosts.get(name), from, to, wanted).catch((error) => {
        throw new Error(`${name}: ${error.message}`)
      })
      if (round >= 0) times[name].push(ms)
    }
    order.push(order.shift())
  }
  return times
}

async function turn(morph, host, from, to, wanted) {
  document.body.replaceChildren(host)
  morph(host, copyOf(from))
  const text = copyOf(to)
  await settle(host)
  const before = performance.now()
  morph(host, text)
  host.offsetHeight
  const ms = performance.now() - before
  if (host.innerHTML !== wanted) throw new Error('not the HTML that was wanted')
  return ms
}

function createHost(html) {
  const host = document.createElement('main')
  host.innerHTML = html
  patcher.learn(host.firstElementChild)
  return host
}

/** What comes over a wire is never the very string that came before: to compare the two takes reading them. */
function copyOf(text) {
  return JSON.parse(JSON.stringify(text))
}

/** Leaves nothing of the steps before to be laid out or collected. */
async function settle(host) {
  await new Promise((resolve) => setTimeout(resolve))
  globalThis.gc()
  host.offsetHeight
}

Object.assign(globalThis, { measure })
