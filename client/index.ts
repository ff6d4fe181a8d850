import type { ClientConfig } from '../protocol/messages.ts'
import { type Client, createClient } from './client.ts'
import type { Call, CallResult, ReflexTypes, Stimulate } from './types.ts'

export type { ClientConfig } from '../protocol/messages.ts'
export { ReflexError, type ReflexEventDetail } from './lifecycle.ts'
export type { ReflexType, ReflexTypes, Stimulate, Target } from './types.ts'

/** One for a page, however many copies of this script it has: two would send each click twice. */
const shared = Symbol.for('patella')

/**
 * Starts the page's client: connects, and listens for the events that `data-reflex` attributes name. Further calls connect
 * again after `disconnect()` and do nothing else.
 *
 * @param config where Patella is mounted, when that is not `/patella`
 */
export function start(config: Partial<ClientConfig> = {}): void {
  const { path = '/patella', cable = `${path}/cable` } = config
  use().start({ path, cable })
}

/**
 * Runs an action. Resolves with what it returned when it ended ok, halted or in a redirect; rejects with a `ReflexError` else.
 * Before `start()` the request waits for it.
 *
 * @example
 * await Patella.stimulate('cart#add', button, 'sku-1', 2)
 * await stimulate<typeof reflexes>('cart#add', 'sku-1', 2)   // a wrong name or argument does not compile
 */
export function stimulate<R extends ReflexTypes = ReflexTypes>(...call: Call<R>): Promise<CallResult<R>> {
  const { perform } = use()
  const [target, ...args] = call as [string, ...unknown[]]
  const element = args[0] instanceof Element ? (args.shift() as Element) : null
  return perform(target, element, args, null) as Promise<CallResult<R>>
}

/**
 * `stimulate` for certain definitions, which knows the result of each target as well.
 *
 * @example
 * const call = typed<typeof reflexes>()
 * const total = await call('cart#add', 'sku-1')
 */
export function typed<R extends ReflexTypes>(): Stimulate<R> {
  return stimulate as Stimulate<R>
}

/** Resolves when the page is connected and nothing is pending: no request, no debounced event. */
export function settled(): Promise<void> {
  return use().settled()
}

/** Closes the connection until `start()` is called again. Requests made meanwhile wait. */
export function disconnect(): void {
  use().stop()
}

/** The client's API in one object, which the script tag makes the global `Patella`. */
export const Patella = {
  start,
  stimulate,
  typed,
  settled,
  disconnect,
  /** Asks the user what `data-reflex-confirm` says. Replace it to ask by a dialog of your own. */
  confirm: (message: string): boolean | Promise<boolean> => window.confirm(message),
}

function use(): Client {
  if (typeof document === 'undefined') {
    throw Object.assign(new Error('patella/client runs in a browser'), { code: 'browser_only' })
  }
  const page = self as { [shared]?: Client }
  page[shared] ??= createClient((message) => Patella.confirm(message))
  return page[shared]
}
