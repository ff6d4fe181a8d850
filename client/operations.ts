import type { Operation, OperationName, OperationParams } from '../protocol/operations.ts'
import { find, real } from './dom.ts'

type Handlers = { [N in OperationName]: (params: OperationParams[N]) => void }

const handlers: Handlers = {
  setTitle({ title }) {
    document.title = title
  },
  dispatchEvent({ name, detail, selector }) {
    const target = selector ? find(selector) : document
    target?.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }))
  },
  // The browser itself refuses a URL of another origin, by an exception.
  pushState({ url, state }) {
    history.pushState(state, '', url)
  },
  replaceState({ url, state }) {
    history.replaceState(state, '', url)
  },
  setFocus({ selector }) {
    find(selector)?.focus()
  },
  scrollIntoView({ selector, ...options }) {
    find(selector)?.scrollIntoView(options)
  },
  consoleLog({ message, level = 'log' }) {
    console[level](message)
  },
  resetForm({ selector }) {
    const form = find(selector)
    if (form instanceof HTMLFormElement) real(form).reset()
  },
  setValue({ selector, value }) {
    const control = find(selector)
    if (control && 'value' in control) control.value = value
  },
}

/**
 * Performs a reply's operations in order. One that fails, or that this version does not know, stops none of the others. A form
 * that was `edited` since it was sent is not reset: what is in it now, the server has not seen.
 */
export function perform(operations: readonly Operation[], edited: Element | null): void {
  for (const [name, params] of operations) {
    try {
      if (name === 'resetForm' && edited && find(params.selector) === edited) continue
      const handler = (Object.hasOwn(handlers, name) && handlers[name]) as (params: unknown) => void
      handler(params)
    } catch (error) {
      console.error('Patella:', name, error)
    }
  }
}
