import type { ActionContext } from './context.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './schema.ts'

/** Runs before or after an action, with its context. `ctx.halt()` and `ctx.forbid()` end the request there. */
export type Hook = (ctx: ActionContext) => unknown

/** Runs around an action: what comes before `await next()` runs before it, the rest after it. */
export type AroundHook = (ctx: ActionContext, next: () => Promise<void>) => unknown

/**
 * Whether this session may run the action. Only `true` lets it through; `'unauthorized'` asks for a login (status
 * `unauthorized`), anything else is `forbidden`. Called for every request, on the session as it is now.
 */
export type Authorize = (ctx: ActionContext) => boolean | 'unauthorized' | Promise<boolean | 'unauthorized'>

/** Told of what an action threw. What it throws itself takes the error's place. */
export type ErrorHook = (error: unknown, ctx: ActionContext) => unknown

export interface Hooks {
  before?: Hook | readonly Hook[]
  /** Run in reverse order, and not after `halt`, `forbid` or an error. */
  after?: Hook | readonly Hook[]
  around?: AroundHook | readonly AroundHook[]
  authorize?: Authorize | readonly Authorize[]
  error?: ErrorHook | readonly ErrorHook[]
}

export interface ReflexOptions extends Hooks {
  /**
   * `'hold'` (default): the session is held from load to commit. `'snapshot'`, for slow work: nothing is held, and
   * changes go through `await session.update(fn)`.
   */
  session?: 'hold' | 'snapshot'
  /** Time in which the action must end, ms. @default limits.action, 10 s */
  timeout?: number
}

export interface ActionOptions<Args, Form> extends ReflexOptions {
  /** One Standard Schema per argument. */
  args?: Args
  /** A Standard Schema for the form; what it makes of it is `ctx.form`. */
  form?: Form
}

/** An action: its context, then the caller's arguments in order. */
export type Action<Args extends any[] = any[], Result = unknown> = (ctx: ActionContext<any>, ...args: Args) => Result

/** A named group of actions, as `defineReflex` makes it. */
export interface Reflex<Name extends string = string, Actions extends Record<string, Action> = Record<string, Action>> {
  readonly name: Name
  readonly actions: Actions
  readonly options: ReflexOptions
}

const optionsOf = new WeakMap<Action, ActionOptions<readonly StandardSchema[], StandardSchema>>()

/**
 * Declares a reflex. Its own enumerable functions are what pages may call as `name#action`; nothing else is.
 *
 * @example
 * const counter = defineReflex('counter', {
 *   increment({ session, element }) {
 *     session.count = (session.count ?? 0) + Number(element.dataset.by ?? 1)
 *   },
 * })
 */
export function defineReflex<const Name extends string, Actions extends Record<string, Action>>(
  name: Name,
  actions: Actions,
  options: ReflexOptions = {},
): Reflex<Name, Actions> {
  return Object.freeze({ name, actions, options })
}

/**
 * Gives one action options of its own: schemas, hooks, time-out.
 *
 * @example
 * add: action({ args: [v.string()], form: v.object({ note: v.string() }) }, ({ form }, sku) => …)
 */
export function action<Form extends StandardSchema<any, any>, Args extends any[], Result>(
  options: ActionOptions<undefined, Form>,
  handler: (ctx: ActionContext<SchemaOutput<Form>>, ...args: Args) => Result,
): Action<Args, Result>
export function action<
  const Args extends readonly StandardSchema<any, any>[],
  Form extends StandardSchema<any, any>,
  Result,
>(
  options: ActionOptions<Args, Form> & { args: Args },
  handler: (ctx: ActionContext<SchemaOutput<Form>>, ...args: Outputs<Args>) => Result,
): Action<Inputs<Args>, Result>
export function action(options: ActionOptions<any, any>, handler: Action): Action {
  if (typeof handler !== 'function') throw new TypeError('action(options, handler) takes the function last')
  // A function of its own: the same handler may be used under two names with different options.
  const declared: Action = (ctx, ...args) => handler(ctx, ...args)
  optionsOf.set(declared, options)
  return declared
}

/** The options that `action()` gave; none for a plain function. */
export function actionOptions(of: Action): ActionOptions<readonly StandardSchema[], StandardSchema> {
  return optionsOf.get(of) ?? {}
}

type Outputs<Args extends readonly unknown[]> = { -readonly [K in keyof Args]: SchemaOutput<Args[K]> }

/** What a caller gives: an argument at the end whose schema takes undefined may be left out. */
type Inputs<Args extends readonly unknown[]> = Args extends readonly [...infer Head, infer Last]
  ? undefined extends SchemaInput<Last>
    ? [...Inputs<Head>, SchemaInput<Last>?]
    : { -readonly [K in keyof Args]: SchemaInput<Args[K]> }
  : []
