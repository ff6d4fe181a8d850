import type { Tab } from '../support/tabs/tab.ts'

type Marked = Element & { mark?: number }

/** Marks each match by its place among them. */
export function mark(tab: Tab, selector: string): Promise<void> {
  return tab.evaluate((selector) => {
    for (const [place, element] of document.querySelectorAll<Marked>(selector).entries()) element.mark = place
  }, selector)
}

/** The marks of all matches, null for a node that has none. */
export function marks(tab: Tab, selector: string): Promise<(number | null)[]> {
  return tab.evaluate(
    (selector) => Array.from(document.querySelectorAll<Marked>(selector), ({ mark }) => mark ?? null),
    selector,
  )
}

export type Value = string | boolean | string[]

/** What each match shows: its text, its tick, or what is chosen in it. */
export function values(tab: Tab, selector: string): Promise<Value[]> {
  return tab.evaluate(
    (selector) =>
      Array.from(document.querySelectorAll<HTMLInputElement>(selector), (field) => {
        if (/^(checkbox|radio)$/.test(field.type)) return field.checked
        if (!(field instanceof HTMLSelectElement && field.multiple)) return field.value
        return Array.from(field.selectedOptions, ({ value }) => value)
      }),
    selector,
  )
}

/** The texts of all matches. */
export function texts(tab: Tab, selector: string): Promise<string[]> {
  return tab.evaluate(
    (selector) => Array.from(document.querySelectorAll(selector), ({ textContent }) => textContent ?? ''),
    selector,
  )
}

/** Resolves when the client has what it fetches for few pages; it must have asked for it. */
export function fetchedMore(tab: Tab): Promise<void> {
  return tab.evaluate(async () => {
    // A module is fetched once, and who asked first is told first.
    const path = '/patella/more.js'
    await import(path)
  })
}
