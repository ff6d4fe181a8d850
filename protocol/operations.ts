/**
 * The operations a server may ask a page to perform, by their CableReady names: the wire form is `[name, params]`.
 * One table for both sides: the server's builder and the client's handlers are typed by it, so that a name without a
 * handler does not compile.
 *
 * `selector` is a CSS selector; its first match is meant.
 */
export interface OperationParams {
  setTitle: { title: string }
  /** Dispatches a bubbling, cancelable CustomEvent on the selector's element, else on `document`. */
  dispatchEvent: { name: string; detail?: unknown; selector?: string }
  /** `url` must be of the page's own origin. */
  pushState: { url: string; state?: unknown }
  replaceState: { url: string; state?: unknown }
  setFocus: { selector: string }
  scrollIntoView: {
    selector: string
    behavior?: 'auto' | 'smooth' | 'instant'
    block?: ScrollPlace
    inline?: ScrollPlace
  }
  consoleLog: { message: string; level?: 'log' | 'info' | 'warn' | 'error' }
  /** Sets a form back to what the server last rendered; the user's edits go. */
  resetForm: { selector: string }
  setValue: { selector: string; value: string }
}

export type ScrollPlace = 'start' | 'center' | 'end' | 'nearest'

export type OperationName = keyof OperationParams

/** One operation as it travels. */
export type Operation = { [N in OperationName]: readonly [name: N, params: OperationParams[N]] }[OperationName]
