import { createHash } from 'node:crypto'
import { PatellaError } from '../../protocol/errors.ts'
import { type Html, htmlText } from '../page/html.ts'
import type { Session } from '../session/session.ts'
import { Operations } from '../stream/operations.ts'
import type { Asking } from './asking.ts'
import type { ContextSource } from './caller.ts'
import { ReflexElement } from './element.ts'
import { Interrupt } from './interrupt.ts'
import type { Params } from './params.ts'

/**
 * What `createPatella({ context })` returns for each request. Augment it and every action, hook and page is typed:
 *
 * @example
 * declare module 'patella' { interface ContextData { user: User | undefined } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: there to be augmented
export interface ContextData {}

/** What an action, and each hook, is called with. Its methods may be taken apart: `({ session, morph }) => …`. */
export type ActionContext<Form = unknown> = BaseContext<Form> & ContextData

interface BaseContext<Form> {
  readonly session: Session
  /** What `createPatella({ context })` returned for this request; its keys are on this object as well. */
  readonly context: ContextData
  /** Reaches the one render that follows: a page's context, `res.locals`. */
  readonly locals: Record<string, unknown>
  /** Reaches the next render after this answer, for example the page that a redirect leads to. */
  readonly flash: Record<string, unknown>
  readonly element: ReflexElement
  /** The form around the element, nested by its fields' names. */
  readonly params: Params
  /** The form as the action's schema made it; `undefined` without a schema. */
  readonly form: Form
  /** The caller's arguments, after their schemas. */
  readonly args: readonly unknown[]
  /** URL of the page. */
  readonly url: URL
  /** The request as the app's own middleware left it: see `use`. Without that a plain GET for the page. */
  readonly request: any
  /** The browser's cookies by name, as its connection brought them. */
  readonly cookies: Readonly<Record<string, string | undefined>>
  /** False when the browser submitted the form itself, without a script: `patella.action()`. */
  readonly scripted: boolean
  /** Aborted at the time-out: hand it to `fetch` and to whatever else waits. */
  readonly signal: AbortSignal
  /** The same for a request that is sent again, another for any other: an idempotency key for outside effects. */
  readonly id: string
  /** The tab, for telling tabs apart; not the secret that the tab itself holds. */
  readonly tab: string
  /** Effects for the tab, performed after the morphs. */
  readonly operations: Operations
  /**
   * Patches one element instead of the page, the element itself included when the HTML's single top element fits the
   * selector, else what is in it. May be called several times.
   */
  morph(selector: string, html: string | Html): void
  /** Answers without rendering anything. */
  nothing(): void
  /** Sends the tab to another page once the action is done: a path, or an http(s) URL. */
  redirect(url: string): void
  /** Ends the action here. What it changed is committed; nothing is rendered. */
  halt(): never
  /** Refuses the action here. Nothing that it changed is committed. */
  forbid(): never
}

/** What an action decided about its answer. */
export interface Effects {
  readonly operations: Operations
  readonly selectors: [selector: string, html: string][]
  readonly locals: Record<string, unknown>
  nothing: boolean
  to: string | undefined
}

/** Mutable on the inside: the schemas' results and the app's own context join before the action runs. */
export class RequestContext implements BaseContext<unknown> {
  readonly session: Session
  readonly flash: Record<string, unknown>
  readonly effects: Effects = createEffects()
  context: ContextData = {}
  params: Params = {}
  form: unknown = undefined
  args: readonly unknown[]
  readonly #asking: Asking
  readonly #source: ContextSource
  #element: ReflexElement | undefined

  constructor(asking: Asking, source: ContextSource, leave: Record<string, unknown>) {
    this.#asking = asking
    this.#source = source
    this.session = source.session
    this.flash = leave
    this.args = asking.request.args
  }

  get locals(): Record<string, unknown> {
    return this.effects.locals
  }

  get operations(): Operations {
    return this.effects.operations
  }

  get element(): ReflexElement {
    this.#element ??= new ReflexElement(this.#asking.request.element)
    return this.#element
  }

  get url(): URL {
    return this.#source.url
  }

  get request(): any {
    return this.#source.request
  }

  get cookies(): Readonly<Record<string, string | undefined>> {
    return this.#source.cookies
  }

  get scripted(): boolean {
    return this.#asking.request.scripted
  }

  get signal(): AbortSignal {
    return this.#asking.deadline.signal
  }

  get tab(): string {
    return createHash('sha256').update(this.#asking.caller.tab).digest('base64url').slice(0, 16)
  }

  get id(): string {
    return `${this.tab}-${this.#asking.request.n}`
  }

  readonly morph = (selector: string, html: string | Html): void => {
    this.effects.selectors.push([selector, htmlText(html, `morph(${JSON.stringify(selector)})`)])
  }

  readonly nothing = (): void => {
    this.effects.nothing = true
  }

  readonly redirect = (url: string): void => {
    if (!isSafeTarget(url)) throw new PatellaError('redirect_unsafe', { url: JSON.stringify(url) })
    this.effects.to = url
  }

  readonly halt = (): never => {
    throw new Interrupt('halted')
  }

  readonly forbid = (): never => {
    throw new Interrupt('forbidden')
  }

  /** Puts the app's own context on this object. */
  extend(context: ContextData): void {
    this.context = context
    for (const [key, value] of Object.entries(context)) {
      if (key in this) throw new PatellaError('context_key_reserved', { key })
      Object.defineProperty(this, key, { value, enumerable: true })
    }
  }
}

function createEffects(): Effects {
  return { operations: new Operations(), selectors: [], locals: {}, nothing: false, to: undefined }
}

/** A path of this origin, or an absolute http(s) URL: never `javascript:` and its kin, however they are spelled. */
function isSafeTarget(url: string): boolean {
  // URL() drops tabs and newlines and reads "\" as "/", as browsers do, so it sees the scheme that they would.
  const base = 'http://patella.invalid'
  return URL.canParse(url, base) && /^https?:$/.test(new URL(url, base).protocol)
}
