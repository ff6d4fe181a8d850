import type { Operation, OperationName, OperationParams } from '../../protocol/operations.ts'

/**
 * Collects operations for a page to perform, in order; each method returns the builder.
 *
 * @example
 * operations.setTitle('Saved').setFocus('#name').dispatchEvent('toast', { detail: { text: 'Saved' } })
 */
export class Operations {
  /** What was collected, as it travels. */
  readonly list: Operation[] = []

  setTitle(title: string): this {
    return this.#add('setTitle', { title })
  }

  /** Dispatches a bubbling, cancelable CustomEvent on `selector`'s element, else on the document. */
  dispatchEvent(name: string, options: { detail?: unknown; selector?: string } = {}): this {
    return this.#add('dispatchEvent', { name, ...options })
  }

  /** Puts a URL of the same origin into the address bar and the history. */
  pushState(url: string, state?: unknown): this {
    return this.#add('pushState', state === undefined ? { url } : { url, state })
  }

  /** Replaces the URL in the address bar by one of the same origin. */
  replaceState(url: string, state?: unknown): this {
    return this.#add('replaceState', state === undefined ? { url } : { url, state })
  }

  setFocus(selector: string): this {
    return this.#add('setFocus', { selector })
  }

  scrollIntoView(selector: string, options: Omit<OperationParams['scrollIntoView'], 'selector'> = {}): this {
    return this.#add('scrollIntoView', { selector, ...options })
  }

  consoleLog(message: string, level: NonNullable<OperationParams['consoleLog']['level']> = 'log'): this {
    return this.#add('consoleLog', { message, level })
  }

  /** Sets a form back to what the server last rendered; the user's edits in it go. */
  resetForm(selector: string): this {
    return this.#add('resetForm', { selector })
  }

  /** Sets a field's value, whatever the user typed into it. */
  setValue(selector: string, value: string): this {
    return this.#add('setValue', { selector, value })
  }

  #add<N extends OperationName>(name: N, params: OperationParams[N]): this {
    this.list.push([name, params] as unknown as Operation)
    return this
  }
}
