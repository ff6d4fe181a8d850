import { type Descriptor, defaultEvent, type Keys, keysMatch, parseDescriptors } from './descriptor.ts'
import { attribute, findAll } from './dom.ts'
import { formOf, hasFile, isSubmitButton, serializeForm } from './form.ts'
import { createTiming } from './timing.ts'

/** A descriptor's wish on an element, which an event has brought. */
export type Run = (target: string, element: Element, submitter: HTMLElement | null) => Promise<unknown>

export interface Delegate {
  /** Listens from now on for the events that `data-reflex` attributes in the tree ask for. Changes nothing in it. */
  learn(root: ParentNode): void
  /** Runs what is debounced. */
  flush(): void
  /** How many debounced runs wait. */
  readonly pending: number
}

/**
 * Brings events to descriptors by listeners on the document: no element is wired, so that one which a patch has just brought
 * works at once.
 */
export function createDelegate(run: Run, changed: () => void): Delegate {
  const parsed = new Map<string, readonly Descriptor[]>()
  /** Descriptors whose `once` has been. */
  const done = new WeakMap<Element, string[]>()
  /** What a form was last submitted with. */
  const submitted = new WeakMap<Element, string | undefined>()
  const timing = createTiming(changed)
  let composed: readonly EventTarget[] | null = null

  const onDocument = (event: Event) => {
    // Events that do not bubble are caught on their way down, and concern their target alone.
    if (event.bubbles === (event.eventPhase === Event.CAPTURING_PHASE)) return
    deliver(event, event.bubbles ? event.composedPath() : [event.target])
  }
  const onScope = (scope: string) => (event: Event) => {
    for (const element of findAll(`[data-reflex*="@${scope}"]`)) handle(element, event, scope)
  }
  const listeners = { '': onDocument, window: onScope('window'), document: onScope('document') }

  addEventListener('submit', ({ target }) => flushForm(target as Element), true)
  addEventListener('blur', ({ target }) => timing.flush((element) => element.contains(target as Node)), true)
  addEventListener('compositionend', onCompositionEnd)

  function learn(root: ParentNode): void {
    for (const element of [root, ...root.querySelectorAll('[data-reflex]')]) {
      if (element instanceof Element) descriptorsOf(element)
    }
  }

  /** Parsed once per attribute text; that is when their events begin to be listened for. */
  function descriptorsOf(element: Element): readonly Descriptor[] {
    const text = attribute(element, 'data-reflex')
    if (!text) return []
    const usual = defaultEvent(element.localName, attribute(element, 'type'))
    const key = usual + text
    const descriptors = parsed.get(key) ?? parseDescriptors(text, usual)
    if (!parsed.has(key)) descriptors.forEach(listen)
    parsed.set(key, descriptors)
    return descriptors
  }

  function listen({ event, scope }: Descriptor): void {
    // The same listener is not added twice.
    const target = scope === 'window' ? window : document
    target.addEventListener(event, listeners[scope])
    if (!scope) target.addEventListener(event, onDocument, true)
  }

  /** The innermost element with a matching descriptor has the event; one without does not swallow it. */
  function deliver(event: Event, path: readonly (EventTarget | null)[]): void {
    for (const node of path) if (node instanceof Element && handle(node, event, '')) return
  }

  function handle(element: Element, event: Event, scope: string): boolean {
    if (isComposing(event)) return false
    const matching = descriptorsOf(element).filter(
      (descriptor) =>
        descriptor.event === event.type &&
        descriptor.scope === scope &&
        keysMatch(descriptor.keys, event as Keys) &&
        !done.get(element)?.includes(descriptor.text),
    )
    if (matching.length) fire(matching, element, event as Event & Partial<SubmitEvent & MouseEvent>)
    return matching.length > 0
  }

  function fire(matching: readonly Descriptor[], element: Element, event: Event & Partial<SubmitEvent & MouseEvent>) {
    const { submitter = null } = event
    const isSubmit = event.type === 'submit'
    const isClick = event.type === 'click'
    const isLink = isClick && element.localName === 'a' && element.hasAttribute('href')
    const form = isSubmit ? (element as HTMLFormElement) : isClick && isSubmitButton(element) && element.form
    // A link that is to open elsewhere; a form that somebody else has stopped, or that holds a file.
    if (isLink && (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) return
    if ((isSubmit && event.defaultPrevented) || (form && hasFile(form))) return
    const has = (option: keyof Descriptor['options']) => matching.some(({ options }) => options[option])
    // Where the browser's own answer would leave the page.
    if ((form && attribute(form, 'method') !== 'dialog') || isLink || has('prevent')) event.preventDefault()
    if (has('stop')) event.stopPropagation()
    if ((element as HTMLInputElement).validity?.badInput) return
    const busy = attribute(element, 'aria-busy') === 'true'
    // What cannot be disabled, a link say, is dead to clicks all the same.
    if (busy && isClick && attribute(element, 'data-reflex-disable-with') !== null) return
    if (isSubmit) {
      const content = serializeForm(element, submitter)
      // A double click; what the user typed meanwhile is another submit.
      if (busy && submitted.has(element) && submitted.get(element) === content) return
      submitted.set(element, content)
    } else if (form && !form.noValidate && !(element as HTMLButtonElement).formNoValidate && !form.reportValidity())
      return
    for (const { text, target, options } of matching) {
      if (options.once) done.set(element, [...(done.get(element) ?? []), text])
      // The events tell of errors; nobody holds this promise.
      timing.run(element, text, options, () => void run(target, element, submitter).catch(() => {}))
    }
  }

  function flushForm(form: Element): void {
    timing.flush((element) => form.contains(element) || formOf(element) === form)
  }

  /**
   * Typing by an input method editor is one input, at its end. Some browsers dispatch a last `input` after the
   * `compositionend`; in the others all of them were part of the composition.
   */
  function onCompositionEnd(event: Event): void {
    const path = event.composedPath()
    composed = path
    setTimeout(() => {
      if (composed === path) deliver(new Event('input'), path)
    })
  }

  function isComposing(event: Event): boolean {
    if (event.type === 'input' && !(event as InputEvent).isComposing) composed = null
    // Safari ends the composition before the keydown that ended it, and marks that one by the key code 229.
    return (event as InputEvent).isComposing || (event as KeyboardEvent).keyCode === 229
  }

  return {
    learn,
    flush: () => timing.flush(() => true),
    get pending() {
      return timing.pending
    },
  }
}
