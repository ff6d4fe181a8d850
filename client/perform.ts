import type { Busy } from './busy.ts'
import { editable, here } from './dom.ts'
import { describeElement, rootsOf, urlOf } from './element.ts'
import { formOf, serializeForm } from './form.ts'
import { createStages, ReflexError, type ReflexEventDetail, stageOf } from './lifecycle.ts'
import { limits } from './limits.ts'
import { perform as performOperations } from './operations.ts'
import type { Patcher } from './patch/patch.ts'
import { morphKind, patchPage } from './reply.ts'
import { failed, type Outcome, type Requests, type Wish } from './request.ts'

export type Perform = (
  target: string,
  element: Element | null,
  args: readonly unknown[],
  submitter: HTMLElement | null,
) => Promise<unknown>

/** One reflex from its event to its end: events, marks, request, patch, promise. */
export function createPerform(requests: Requests, busy: Busy, patcher: Patcher, learn: () => void): Perform {
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
        apply(outcome, page) {
          const edited = editedForm()
          patcher.free(detail.id)
          return busy.aside(() => apply(outcome, page, detail.id, !!wish.roots, edited))
        },
        settled(outcome) {
          begun = true
          patcher.release(detail.id)
          if (outcome.status === 'redirect') afterLeaving(release)
          else release()
          end(outcome)
        },
      }
      // Only now: the value of a disabled button is not sent.
      const release = busy.begin(element, submitter)
      patcher.hold(detail.id, heldBy(element, wish.roots))
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
  function apply(outcome: Outcome, page: string, n: number, narrowed: boolean, edited: Element | null): Outcome {
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
      const missing = patchPage(outcome, patcher, n, narrowed)
      learn()
      performOperations(more.o ?? [], edited)
      // The reply that changed the URL did so for the requests behind it as well.
      if (here() !== page) requests.moved(page, here())
      if (!missing.length) return outcome
      return failed('error', 'root_missing')
    } catch (error) {
      console.error('Patella:', error)
      return failed('error', 'patch_failed')
    }
  }
}

/**
 * What is under the user's hands while a request is under way: the form, or the field that is in none; and the elements that it
 * asks for by `data-reflex-root`.
 */
function heldBy(element: Element | null, roots: readonly string[] = []): Element[] {
  const hands = element && (formOf(element) ?? (element.matches(editable) ? element : null))
  return [hands, ...roots.map((id) => document.getElementById(id))].filter((held) => held !== null)
}

/** The next page takes its time, and a button that is free again would be pressed again. */
function afterLeaving(release: () => void): void {
  addEventListener('pageshow', release, { once: true })
  // The URL may lead to a download, and to no other page.
  setTimeout(release, limits.silence)
}
