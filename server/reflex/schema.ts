/**
 * The part of Standard Schema v1 that is used here (https://standardschema.dev, types copied by its own advice):
 * Zod, Valibot, ArkType and others implement it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

export type SchemaInput<S> = S extends StandardSchema<infer Input, unknown> ? Input : never
export type SchemaOutput<S> = S extends StandardSchema<any, infer Output> ? Output : never

/** What is wrong, per field: `address.city` or `0`; '' for what concerns no single field. */
export type Issues = Record<string, string[]>

export type Checked = { value: unknown; issues?: undefined } | { issues: Issues }

/** Runs one schema over one value. `at` goes before each issue's path. */
export async function check(schema: StandardSchema, value: unknown, at = ''): Promise<Checked> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return { value: result.value }
  const issues: Issues = Object.create(null)
  for (const issue of result.issues) {
    const field = [...(at === '' ? [] : [at]), ...(issue.path ?? []).map(segmentName)].join('.')
    issues[field] ??= []
    issues[field].push(issue.message)
  }
  return { issues }
}

/** Runs one schema per argument; arguments without a schema of their own are refused, for nobody looked at them. */
export async function checkArguments(schemas: readonly StandardSchema[], args: readonly unknown[]): Promise<Checked> {
  if (args.length > schemas.length) return { issues: { '': [`takes ${schemas.length} arguments, got ${args.length}`] } }
  const value: unknown[] = []
  const issues: Issues = Object.create(null)
  for (const [index, schema] of schemas.entries()) {
    const checked = await check(schema, args[index], String(index))
    if (checked.issues === undefined) value.push(checked.value)
    else Object.assign(issues, checked.issues)
  }
  return Object.keys(issues).length === 0 ? { value } : { issues }
}

function segmentName(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment)
}
