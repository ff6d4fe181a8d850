import type { ErrorCode } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { RequestMore, WireElement } from '../../protocol/messages.ts'
import { pagePath } from '../page/url.ts'

/** A request as the wire carried it, guarded: parsed once, then trusted. */
export interface ReflexRequest {
  readonly n: number
  /** Lowest number that the tab still awaits. */
  readonly low: number
  /** `name#action`, or '' to render the page again. */
  readonly target: string
  readonly element: WireElement
  readonly args: readonly unknown[]
  /** Urlencoded form. */
  readonly form: string
  /** Path and query of the page, when the request says a new one. */
  readonly url: string | undefined
  /** That page answered a POST: a GET would give another one. */
  readonly posted: boolean
  /** Roots to which the morph is narrowed. */
  readonly roots: readonly string[] | undefined
  /** The tab's texts are not those that it should have: it wants whole ones. */
  readonly whole: boolean
  /** Sent by the client's script, and not by the browser as a form. */
  readonly scripted: boolean
}

/** Its number could be read, the rest is refused. */
export interface RefusedRequest {
  readonly n: number
  readonly code: ErrorCode
  readonly reason: string
}

const hostileKey = /^(?:__proto__|constructor|prototype)$/
// An escape may spell any key, so text that holds one is looked at closely as well.
const maybeHostile = /__proto__|constructor|prototype|\\u/

/** Reads the `data` of a message. Undefined when not even its number can be read. */
export function parseRequest(data: string, limits: Limits): ReflexRequest | RefusedRequest | undefined {
  let wire: unknown
  try {
    wire = maybeHostile.test(data) ? JSON.parse(data, dropHostile) : JSON.parse(data)
  } catch {
    return undefined
  }
  if (!Array.isArray(wire) || !isNumber(wire[0])) return undefined
  const [n, target, element = 0, args = [], more = {}] = wire as unknown[] as [number, ...unknown[]]
  const refuse = (reason: string, code: ErrorCode = 'request_invalid') => ({ n, code, reason })
  if (!withinLimits(data, wire, limits)) return refuse('too complex', 'too_complex')
  if (typeof target !== 'string' || target.length > 130) return refuse('target is not a string')
  if (element !== 0 && !isElement(element)) return refuse('element is not well-formed')
  if (!Array.isArray(args) || args.length > limits.args) return refuse(`args is not an array of up to ${limits.args}`)
  if (!isMore(more, n, limits)) return refuse('u, l, f or r is not well-formed')
  const url = more.u === undefined ? undefined : pagePath(more.u, limits.url)
  if (more.u !== undefined && url === undefined) return refuse('u is no path of this origin')
  return {
    n,
    low: more.l ?? n,
    target,
    element: element === 0 ? {} : element,
    args,
    form: more.f ?? '',
    url,
    posted: more.p === 1,
    roots: more.r,
    whole: more.x === 1,
    scripted: true,
  }
}

function dropHostile(key: string, value: unknown): unknown {
  return hostileKey.test(key) ? undefined : value
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Depth and count of values, without recursion: a text of 10 kB may nest 5,000 deep. */
function withinLimits(data: string, wire: unknown, limits: Limits): boolean {
  if (data.length <= limits.jsonNodes && countOpenings(data) <= limits.jsonDepth) return true
  let level: unknown[] = [wire]
  let nodes = 0
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepth) return false
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue
      const children = Array.isArray(value) ? value : Object.values(value)
      nodes += children.length
      if (nodes > limits.jsonNodes) return false
      for (const child of children) next.push(child)
    }
    level = next
  }
  return true
}

function countOpenings(data: string): number {
  let count = 0
  for (let i = 0; i < data.length; i++) {
    const code = data.charCodeAt(i)
    if (code === 0x5b || code === 0x7b) count++
  }
  return count
}

const elementGuards: { [K in keyof Required<WireElement>]: (value: unknown) => boolean } = {
  d: isStrings,
  v: isString,
  vs: isStringArray,
  c: isBoolean,
  s: isBoolean,
  n: isString,
  i: isString,
  a: isStrings,
}

function isElement(value: unknown): value is WireElement {
  if (!isRecord(value)) return false
  for (const key in value) {
    if (Object.hasOwn(elementGuards, key) && !elementGuards[key as keyof WireElement](value[key])) return false
  }
  return true
}

function isMore(value: unknown, n: number, limits: Limits): value is RequestMore {
  if (!isRecord(value)) return false
  const { u, l, f, r } = value
  if (u !== undefined && !isString(u)) return false
  if (l !== undefined && !(isNumber(l) && l <= n)) return false
  if (f !== undefined && !isString(f)) return false
  return (
    r === undefined || (isStringArray(r) && r.length <= limits.roots && r.every((id) => id.length <= limits.selector))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isStrings(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isString)
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString)
}
