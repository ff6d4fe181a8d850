import type { Busy } from './busy.ts'
import { here } from './dom.ts'
import { describeElement, rootsOf, urlOf } from './element.ts'
import { formOf, serializeForm } from './form.ts'
import { createStages, ReflexError, type ReflexEventDetail, stageOf } from './lifecycle.ts'
import { limits } from './limits.ts'
import { perform as performOperations } from './operations.ts'
import { morphKind, patchPage } from './reply.ts'
import { failed, type Outcome, type Requests, type Wish } from './request.ts'

export type Perform = (
  target: string,
  element: Element | null,
  args: readonly unknown[],
  submitter: HTMLElement | null,
) => Promise<unknown>

/** One reflex from its event to its end: events, marks, request, patch, promise. */
export function createPerform(requests: Requests, busy: Busy, learn: (root: Element) => void): Perform {
  return (target, element, args, submitter) =>
    new Promise((resolve, reject) => {
      const detail: ReflexEventDetail = { reflex: target, element, id: requests.next }
      const emit = createStages(detail)
      // As they are now; arguments that JSON cannot hold throw here, before anything has begun.
      const sent = JSON.stringify(args)
      if (!emit('before')) return end({ status: 'halted', more: {} })

      let begun = false
      detail.id = requests.next
      const wish: Wish = {
        target,
        args: JSON.parse(sent),
        element: element ? describeElement(element) : {},
        form: element ? serializeForm(element, submitter) : undefined,
        roots: element ? rootsOf(element) : undefined,
        page: here(),
        url: urlOf(element ?? document.body),
        delivered() {
          if (!begun) emit('delivered')
          begun = true
        },
        apply: (outcome, page) => busy.aside(() => apply(outcome, page, !!wish.roots, editedForm())),
        settled(outcome) {
          begun = true
          if (outcome.status === 'redirect') afterLeaving(release)
          else release()
          end(outcome)
        },
      }
      // Only now: the value of a disabled button is not sent.
      const release = busy.begin(element, submitter)
      requests.add(wish)
      if (!begun) emit('queued')

      /** The form that was sent, when it holds something else by now. */
      function editedForm(): Element | null {
        return element && serializeForm(element, submitter) !== wish.form ? formOf(element) : null
      }

      function end(outcome: Outcome): void {
        const { status, more } = outcome
        Object.assign(detail, { status, result: more.r, morph: morphKind(outcome) })
        if (!/^(ok|halted|redirect)$/.test(status)) detail.error = new ReflexError(target, status, more)
        emit(stageOf(status))
        emit('after')
        emit('finalize')
        if (detail.error) reject(detail.error)
        else resolve(more.r)
      }
    })

  /**
   * Does to the page what the reply says, and returns how the request ended. A reply for a page that is no longer shown (its
   * path or query is another now, by navigation or by a script's pushState) does nothing.
   */
  function apply(outcome: Outcome, page: string, narrowed: boolean, edited: Element | null): Outcome {
    if (here() !== page) return outcome
    const { status, more } = outcome
    try {
      if (status === 'redirect') {
        const { href } = new URL(more.to ?? '', location.href)
        if (!/^https?:/.test(href)) return failed('error', 'redirect_refused')
        performOperations(more.o ?? [], edited)
        location.assign(href)
        // With nothing but another hash the browser loads nothing.
        if (href.includes('#') && here() === page) location.reload()
        return outcome
      }
      const missing = patchPage(outcome, learn, narrowed)
      performOperations(more.o ?? [], edited)
      // The reply that changed the URL did so for the requests behind it as well.
      if (here() !== page) requests.moved(page, here())
      if (!missing.length) return outcome
      console.error('Patella: no match', missing)
      return failed('error', 'root_missing')
    } catch (error) {
      console.error('Patella:', error)
      return failed('error', 'patch_failed')
    }
  }
}

/** The next page takes its time, and a button that is free again would be pressed again. */
function afterLeaving(release: () => void): void {
  let released = false
  const once = () => {
    if (!released) release()
    released = true
  }
  addEventListener('pageshow', once, { once: true })
  // The URL may lead to a download, and to no other page.
  setTimeout(once, limits.silence)
}
