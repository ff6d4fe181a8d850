import { defineReflex, html } from 'patella'
import type { Example, Show } from '../example.ts'

const reflex = defineReflex('counter', {
  // Page morph: the page is rendered again, and what differs is patched.
  increment({ session, element }) {
    session.count = (session.count ?? 0) + Number(element.dataset.by ?? 1)
  },
  // Selector morph: one element is patched, and nothing else is rendered.
  reset({ session, morph }) {
    session.count = 0
    morph('#count', '0')
  },
  // Nothing: the page stays as it is. Operations and a return value go back to it.
  announce({ session, nothing, operations }) {
    nothing()
    operations.setTitle(`Count: ${session.count ?? 0}`)
    return session.count ?? 0
  },
})

const show: Show = ({ session }) => html`
  <section id="counter" class="panel center" aria-label="Counter" data-reflex-root>
    <output id="count" class="figure">${session.count ?? 0}</output>
    <p class="line">
      <button data-reflex="counter#increment" data-by="-1" aria-label="One less">−1</button>
      <button class="main" data-reflex="counter#increment">+1</button>
      <button data-reflex="counter#reset">Reset</button>
      <button data-reflex="counter#announce">Put it in the title</button>
    </p>
  </section>`

export const counter: Example = {
  title: 'Counter',
  about: 'One number in the session, and the three ways in which an action can answer.',
  reflexes: [reflex],
  pages: { '/counter': show },
  files: ['counter/index.ts'],
}
