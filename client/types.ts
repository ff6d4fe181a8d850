/** An action as a page sees it. */
type AnyAction = (ctx: any, ...args: any) => any

/** A reflex definition, as far as calling it needs one: what the server's `defineReflex` returns fits. */
export interface ReflexType {
  readonly name: string
  readonly actions: Readonly<Record<string, AnyAction>>
}

/** Several definitions: `typeof reflexes`. */
export type ReflexTypes = readonly ReflexType[]

/** The `name#action`s of the definitions. */
export type Target<R extends ReflexTypes> = R[number] extends infer D
  ? D extends ReflexType
    ? `${D['name']}#${keyof D['actions'] & string}`
    : never
  : never

type ActionOf<R extends ReflexTypes, T extends string> = T extends `${infer N}#${infer A}`
  ? Extract<R[number], { readonly name: N }>['actions'][A]
  : never

/** The arguments of an action, its context left out. */
export type ArgsOf<R extends ReflexTypes, T extends string> =
  ActionOf<R, T> extends (ctx: any, ...args: infer P) => any ? P : never

/** What the promise of an action's call resolves with; undefined when it was halted or led to another page. */
export type ResultOf<R extends ReflexTypes, T extends string> =
  ActionOf<R, T> extends (...args: any) => infer V ? Awaited<V> | undefined : never

/** What `stimulate` takes: a declared target, the element if there is one, the action's arguments. */
export type Call<R extends ReflexTypes> = string extends R[number]['name']
  ? [target: string, ...args: unknown[]]
  : {
      [T in Target<R>]: [target: T, element: Element, ...args: ArgsOf<R, T>] | [target: T, ...args: ArgsOf<R, T>]
    }[Target<R>]

/** The result of whatever a `Call` may name; `unknown` without definitions. */
export type CallResult<R extends ReflexTypes> = string extends R[number]['name']
  ? unknown
  : { [T in Target<R>]: ResultOf<R, T> }[Target<R>]

/** What `typed()` gives: `stimulate` for certain definitions, with the result's type by target. */
export interface Stimulate<R extends ReflexTypes> {
  <T extends Target<R>>(target: T, element: Element, ...args: ArgsOf<R, T>): Promise<ResultOf<R, T>>
  <T extends Target<R>>(target: T, ...args: ArgsOf<R, T>): Promise<ResultOf<R, T>>
}
