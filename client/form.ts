import { attribute, find, real } from './dom.ts'

/**
 * The form that a request of the element carries, urlencoded: the element's own or nearest, the one that `data-reflex-form`
 * names, or none by `data-reflex-serialize-form="false"`. Files are left out, the button that was pressed is in.
 */
export function serializeForm(element: Element, submitter: HTMLElement | null): string | undefined {
  const selector = attribute(element, 'data-reflex-form')
  const form = selector ? find(selector) : formOf(element)
  if (!(form instanceof HTMLFormElement) || attribute(element, 'data-reflex-serialize-form') === 'false') return
  const button = submitter ?? element
  const pressed = isSubmitButton(button) && button.form === form
  const fields = [...new FormData(form, pressed ? button : null)].filter(([, value]) => typeof value === 'string')
  return String(new URLSearchParams(fields as [string, string][]))
}

/** The form that an element is, belongs to, or is inside of. */
export function formOf(element: Element): HTMLFormElement | null {
  if (element instanceof HTMLFormElement) return element
  return (element as HTMLInputElement).form ?? element.closest('form')
}

export function isSubmitButton(element: Element): element is HTMLButtonElement | HTMLInputElement {
  return /^(submit|image)$/.test((element as HTMLButtonElement).type) && 'formAction' in element
}

/** Whether the form holds a file that the user has chosen: files do not travel by reflex, and the console is told. */
export function hasFile(form: HTMLFormElement): boolean {
  const found = Array.from(real(form).elements).some((field) => (field as HTMLInputElement).files?.length)
  if (found) console.info('Patella: the browser sends a file', form)
  return found
}
