import { PatellaError } from '../../protocol/errors.ts'
import type { Limits } from '../../protocol/limits.ts'

/** A form: strings, arrays (`tags[]`, `rows[0]`) and objects (`user[name]`), without prototypes. */
export type Params = Record<string, any>

interface Branch {
  [key: string]: unknown
}

const segment = /\[([^[\]]*)\]/g
const hostile = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads an urlencoded form with nested names. A plain name that comes twice keeps its last value, as in Rack.
 *
 * @throws request_invalid past the limits, or where one name is used as both a value and a branch.
 */
export function parseForm(text: string, limits: Limits): Params {
  const root: Branch = Object.create(null)
  if (text === '') return root
  let fields = 0
  for (const [name, value] of new URLSearchParams(text)) {
    if (++fields > limits.formFields) refuse(`the form has more than ${limits.formFields} fields`)
    const path = pathOf(name, limits)
    if (path !== undefined) assign(root, path, value, name, limits)
  }
  return finish(root) as Params
}

/** `a[b][]` → ['a', 'b', '']; what does not nest well is a plain name; hostile names are dropped. */
function pathOf(name: string, limits: Limits): string[] | undefined {
  const open = name.indexOf('[')
  const path = [name]
  if (open > 0) {
    const rest = name.slice(open)
    const segments = [...rest.matchAll(segment)]
    if (segments.reduce((length, match) => length + match[0].length, 0) === rest.length) {
      path[0] = name.slice(0, open)
      for (const match of segments) path.push(match[1] as string)
    }
  }
  if (path.length - 1 > limits.formDepth) refuse(`a field's name nests deeper than ${limits.formDepth}`)
  return path.some((part) => hostile.has(part)) ? undefined : path
}

function assign(root: Branch, path: readonly string[], value: string, name: string, limits: Limits): void {
  let branch = root
  for (const [depth, part] of path.entries()) {
    const key = part === '' && depth > 0 ? nextIndex(branch) : part
    if (depth > 0 && /^\d+$/.test(key) && Number(key) > limits.formIndex && part !== '')
      refuse(`an index in a field's name is above ${limits.formIndex}`)
    if (depth === path.length - 1) {
      if (isBranch(branch[key])) refuse(`${JSON.stringify(name.slice(0, 64))} is both a value and a branch`)
      branch[key] = value
      return
    }
    const next = branch[key]
    if (next !== undefined && !isBranch(next))
      refuse(`${JSON.stringify(name.slice(0, 64))} is both a value and a branch`)
    branch[key] = isBranch(next) ? next : Object.create(null)
    branch = branch[key] as Branch
  }
}

function nextIndex(branch: Branch): string {
  return String(Object.keys(branch).length)
}

/** Branches whose keys are all indices become arrays, in index order and without holes. */
function finish(value: unknown): unknown {
  if (!isBranch(value)) return value
  const keys = Object.keys(value)
  for (const key of keys) value[key] = finish(value[key])
  if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key)))
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => value[key])
  return value
}

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null
}

function refuse(reason: string): never {
  throw new PatellaError('request_invalid', { reason })
}
