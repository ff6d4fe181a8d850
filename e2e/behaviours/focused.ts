import type { Tab } from '../support/tabs/tab.ts'
import { mark } from './page.ts'

/** Leaves what has the focus, for nothing else. */
export function blur(tab: Tab): Promise<void> {
  return tab.evaluate(() => (document.activeElement as HTMLElement).blur())
}

/** Resolves when the browser has done what it does before it paints, which is when it looks for `autofocus`. */
export function painted(tab: Tab): Promise<void> {
  return tab.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame)
  })
}

/** For the head of a page: notes events of the focus for `focusEvents`. */
export const watchFocus = `<script>
  var focusEvents = { all: [], page: [] }
  const watch = (target, heard) => {
    for (const type of ['focus', 'focusin', 'blur', 'focusout', 'change']) {
      target.addEventListener(type, ({ target }) => target instanceof Element && heard.push(type), true)
    }
  }
  watch(window, focusEvents.all)
  addEventListener('DOMContentLoaded', () => watch(document, focusEvents.page))
</script>`

interface FocusEvents {
  /** Those that the browser has dispatched. */
  all: string[]
  /** Those that listeners hear which were added when the client was there. */
  page: string[]
}

/** Since the last call. */
export function focusEvents(tab: Tab): Promise<FocusEvents> {
  return tab.evaluate(() => {
    const { focusEvents } = globalThis as unknown as { focusEvents: FocusEvents }
    return { all: focusEvents.all.splice(0), page: focusEvents.page.splice(0) }
  })
}

interface Focused {
  /** Its id, else its name. */
  is: string
  mark: number | null
  value: string | null
  selection: unknown[]
}

/** What has the focus, and the selection in it. */
export function focused(tab: Tab): Promise<Focused> {
  return tab.evaluate(() => {
    const active = document.activeElement as HTMLInputElement & { mark?: number }
    const { id, localName, mark = null, value = null, selectionStart, selectionEnd, selectionDirection } = active
    return { is: id || localName, mark, value, selection: [selectionStart, selectionEnd, selectionDirection] }
  })
}

/** Focuses the field by a click, types, selects a part backwards, and marks it; resolves with what `focused` tells then. */
export async function typeInto(tab: Tab, selector: string, text: string): Promise<Focused> {
  await tab.click(selector)
  await tab.type(text)
  await mark(tab, selector)
  await tab.evaluate(() => (document.activeElement as HTMLInputElement).setSelectionRange(1, 3, 'backward'))
  return focused(tab)
}
