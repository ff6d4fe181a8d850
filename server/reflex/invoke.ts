import type { Status } from '../../protocol/status.ts'
import type { ActionContext, RequestContext } from './context.ts'
import { Interrupt } from './interrupt.ts'
import type { ActionEntry } from './registry.ts'
import { check, checkArguments, type Issues } from './schema.ts'

/** How an action ended, errors apart. */
export interface Ending {
  readonly status: Extract<Status, 'ok' | 'halted' | 'forbidden' | 'unauthorized' | 'invalid'>
  readonly result?: unknown
  /** What the schemas refused, and which of them did. */
  readonly refused?: { readonly code: 'arguments_invalid' | 'form_invalid'; readonly issues: Issues }
}

/**
 * Runs one action with all that belongs around it: authorize, schemas, then `around` ⊃ `before`, the action, `after`.
 * Rejects with what the action threw, after the error hooks have seen it.
 */
export async function invoke(entry: ActionEntry, context: RequestContext): Promise<Ending> {
  const ctx = context as unknown as ActionContext
  try {
    for (const authorize of entry.authorize) {
      const allowed = await authorize(ctx)
      // Fails closed: a hook that forgot to return has allowed nothing.
      if (allowed !== true) return { status: allowed === 'unauthorized' ? 'unauthorized' : 'forbidden' }
    }
    const refused = entry.args || entry.form ? await validate(entry, context) : undefined
    if (refused !== undefined) return { status: 'invalid', refused }
    return { status: 'ok', result: await surrounded(entry, ctx, context) }
  } catch (error) {
    if (error instanceof Interrupt) return { status: error.status }
    for (const hook of entry.error) await hook(error, ctx)
    throw error
  }
}

async function validate(entry: ActionEntry, context: RequestContext): Promise<Ending['refused']> {
  if (entry.args !== undefined) {
    const checked = await checkArguments(entry.args, context.args)
    if (checked.issues !== undefined) return { code: 'arguments_invalid', issues: checked.issues }
    context.args = checked.value as unknown[]
  }
  if (entry.form !== undefined) {
    const checked = await check(entry.form, context.params)
    if (checked.issues !== undefined) return { code: 'form_invalid', issues: checked.issues }
    context.form = checked.value
  }
  return undefined
}

async function surrounded(entry: ActionEntry, ctx: ActionContext, context: RequestContext): Promise<unknown> {
  let result: unknown
  const core = async () => {
    for (const before of entry.before) await before(ctx)
    result = await entry.handler(ctx, ...context.args)
    for (const after of entry.after) await after(ctx)
  }
  if (entry.around.length === 0) await core()
  else
    await entry.around.reduceRight<() => Promise<void>>(
      (next, around) => async () => void (await around(ctx, next)),
      core,
    )()
  return result
}
