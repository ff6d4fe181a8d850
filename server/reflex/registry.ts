import { PatellaError } from '../../protocol/errors.ts'
import { isTimeout, timeoutRange } from './deadline.ts'
import { type Action, type ActionOptions, actionOptions, type Hooks, type Reflex } from './define.ts'
import type { StandardSchema } from './schema.ts'

/** Everything that running one action takes, made once at start. */
export interface ActionEntry {
  /** `name#action` */
  readonly target: string
  readonly handler: Action
  readonly args: readonly StandardSchema[] | undefined
  readonly form: StandardSchema | undefined
  readonly before: readonly Many<Hooks['before']>[]
  readonly after: readonly Many<Hooks['after']>[]
  readonly around: readonly Many<Hooks['around']>[]
  readonly authorize: readonly Many<Hooks['authorize']>[]
  readonly error: readonly Many<Hooks['error']>[]
  readonly snapshot: boolean
  readonly timeout: number
}

/** What may be called, and nothing else: looked up by the whole target, never by property access on an object. */
export type Registry = ReadonlyMap<string, ActionEntry>

type Many<T> = Extract<T, (...args: any[]) => unknown>

const reflexName = /^[A-Za-z][\w-]*(?:[.:]{1,2}[A-Za-z][\w-]*)*$/
const actionName = /^[A-Za-z][\w-]*$/
const refusedNames = new Set(['constructor', 'prototype'])

/** The registry of all declared actions. Fails at start for names that are taken or could not be called. */
export function createRegistry(reflexes: readonly Reflex[], defaultTimeout: number): Registry {
  const entries = new Map<string, ActionEntry>()
  const names = new Set<string>()
  for (const reflex of reflexes) {
    assertName('reflex', reflex.name, reflexName)
    if (names.has(reflex.name)) throw new PatellaError('reflex_duplicate', { name: reflex.name })
    names.add(reflex.name)
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(reflex.actions))) {
      if (!property.enumerable) continue
      assertName('action', name, actionName)
      if (typeof property.value !== 'function')
        throw new PatellaError('option_invalid', { reason: `${reflex.name}#${name} is not a function` })
      const entry = createEntry(reflex, name, property.value)
      if (entry.timeout !== 0 && !isTimeout(entry.timeout))
        throw new PatellaError('option_invalid', { reason: `timeout of ${entry.target} takes ${timeoutRange}` })
      entries.set(entry.target, { ...entry, timeout: entry.timeout || defaultTimeout })
    }
  }
  return entries
}

function createEntry(reflex: Reflex, name: string, handler: Action): ActionEntry {
  const own: ActionOptions<readonly StandardSchema[], StandardSchema> = actionOptions(handler)
  const group = reflex.options
  return {
    target: `${reflex.name}#${name}`,
    handler,
    args: own.args,
    form: own.form,
    before: [...many(group.before), ...many(own.before)],
    after: [...many(group.after), ...many(own.after)].reverse(),
    around: [...many(group.around), ...many(own.around)],
    authorize: [...many(group.authorize), ...many(own.authorize)],
    error: [...many(own.error), ...many(group.error)],
    snapshot: (own.session ?? group.session) === 'snapshot',
    timeout: own.timeout ?? group.timeout ?? 0,
  }
}

function assertName(kind: string, name: string, grammar: RegExp): void {
  if (name.length > 64 || !grammar.test(name) || refusedNames.has(name))
    throw new PatellaError('reflex_name_invalid', { name, kind })
}

function many<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
