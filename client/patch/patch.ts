import { real } from '../dom.ts'
import { createEdits } from './edits.ts'
import { keepFocus, silenceFocus } from './focus.ts'
import { createLocks, type Holder } from './locks.ts'
import type { More } from './more.ts'
import { watchScrolling } from './stateful.ts'
import { takeBaseline, twinOf } from './twins.ts'
import type { Work } from './types.ts'
import { createWork, drop, substitute } from './work.ts'

/** Brings what the server renders to the page, and nothing else: what the user and scripts did stays. */
export interface Patcher {
  /** Notes what is on the page as what the server rendered. */
  learn(root: Element): void
  /**
   * Makes an element what `parse` gives, that came with the reply to request `n`; false when it gives none. `html` is its whole
   * text, if that is known. What is held meanwhile follows when it is free.
   */
  patch(live: Element, parse: (base: Element) => Element | null, n: number, html?: string): boolean
  /** Request `n` goes out: no other reply touches these elements until `release`. */
  hold(n: number, elements: readonly Element[]): void
  /** The request's own reply may touch them. */
  free(n: number): void
  /** It is over: what waited for its elements is brought to them. */
  release(n: number): void
}

/** From so many characters on, a root's HTML is worth not reading as a whole. */
const large = 16_000

/** What is to be as the server rendered it, to the letter. */
const letter = '[data-reflex-morph=server]'

/** `next` is the number of the request that will be made next; `load` fetches what few pages need. */
export function createPatcher(next: () => number, load: () => Promise<{ more: More }>): Patcher {
  silenceFocus()
  watchScrolling()
  const locks = createLocks()
  const unseen = createEdits(next, (field) => locks.hold(field, [field]), release)
  /** The texts of elements whose baselines are exactly what these make. */
  const texts = new Map<Element, string>()
  /** The newest HTML of elements that were held when it came, null where the server renders them no more; of which reply. */
  const waiting = new Map<Element, [next: Element | null, n: number]>()
  let more: More | undefined
  let asked = false

  const baselineOf = (live: Element) => twinOf(live) ?? takeBaseline(live)

  const patch: Patcher['patch'] = (live, parse, n, html = '') => {
    for (const held of waiting.keys()) if (isWithin(held, live)) waiting.delete(held)
    const before = texts.get(live)
    if (before !== html) {
      for (const known of texts.keys()) if (isWithin(known, live) || isWithin(live, known)) texts.delete(known)
      const base = baselineOf(live)
      const [from, target] = (before && more?.narrow(before, html, base)) || [base, parse(base)]
      if (!target) return false
      const work = begin(from, target, n)
      if (locks.isHeld(live)) work.wait(live, target)
      else {
        const patched = apply(work, from, target)
        if (html && !work.partial) texts.set(from === base ? patched : live, html)
      }
    }
    need(html)
    enforce(live)
    return true
  }

  function begin(base: Element, target: Element, n: number): Work {
    const wait = (live: Element, next: Element | null) => {
      work.partial = true
      waiting.set(live, [next, n])
    }
    const work = createWork(base, target, {
      n,
      unseen,
      locks,
      wait,
      wake: more?.wakeScript,
      focused: document.activeElement,
    })
    return work
  }

  /** Returns the element that stands there now. */
  function apply(work: Work, base: Element, target: Element): Element {
    const live = twinOf(base) as Element
    const restoreFocus = keepFocus(live)
    try {
      if (real(base).localName === real(target).localName) {
        work.update(base, target)
        return live
      }
      const made = work.create(target) as Element
      substitute(made, base)
      work.restore(made)
      return twinOf(made) as Element
    } finally {
      work.finish()
      restoreFocus(work.autofocus)
    }
  }

  /** Fetches what few pages need, once, when this one does. */
  function need(html: string): void {
    if (asked || (html.length < large && !document.querySelector(`script[nonce],${letter}`))) return
    asked = true
    load().then(
      (module) => {
        more = module.more
        enforce(document.body)
      },
      () => {},
    )
  }

  function enforce(live: Element): void {
    for (const element of real(live).querySelectorAll(letter)) {
      // Whatever the user has done by now.
      if (!locks.isHeld(element))
        more?.enforce(element, (base, target) => apply(begin(base, target, 1e9), base, target))
    }
  }

  function release(holder: Holder): void {
    locks.release(holder)
    for (const [live, [next, n]] of [...waiting]) {
      const base = twinOf(live) as Element
      if (locks.isHeld(live) || locks.holdsInside(live)) continue
      waiting.delete(live)
      if (next) apply(begin(base, next, n), base, next)
      else drop(base)
    }
  }

  return {
    learn(root) {
      baselineOf(root)
      need('')
    },
    patch,
    hold: locks.hold,
    free: locks.release,
    release,
  }
}

function isWithin(one: Element, other: Element): boolean {
  return real(other).contains(one)
}
