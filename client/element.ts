import type { WireElement } from '../protocol/messages.ts'
import { attribute, findAll, real, valuesOf } from './dom.ts'

/** A `WireElement` before JSON: what the element does not have is undefined. */
export type Described = { [K in keyof WireElement]: unknown }

/** What some elements have. */
interface Control extends Element {
  value?: unknown
  type: string
  name: string
  form: HTMLFormElement | null
  checked: boolean
  selected: boolean
  selectedOptions: Iterable<HTMLOptionElement>
}

/** What a request tells of its element; JSON leaves out what it does not have. */
export function describeElement(element: Element): Described {
  const { localName, value, type, checked, selected } = element as Control
  return {
    d: datasetOf(element),
    // A button without a value attribute has the value ''.
    v: typeof value === 'string' && (value || localName !== 'button') ? value : undefined,
    vs: choicesOf(element as Control),
    c: /^(checkbox|radio)$/.test(type) ? checked : undefined,
    s: localName === 'option' ? selected : undefined,
    n: attribute(element, 'name') || undefined,
    i: attribute(element, 'id') || undefined,
    a: attributesOf(element),
  }
}

/** The ids of the roots to which an element's `data-reflex-root` narrows the morph: `#a #b`. */
export function rootsOf(element: Element): string[] | undefined {
  return attribute(element, 'data-reflex-root')?.match(/[^\s#,]+/g) ?? undefined
}

/** The URL that renders again what the element stands in, where that is not the page's own: `data-reflex-url`. */
export function urlOf(element: Element): string | undefined {
  const named = real(element).closest('[data-reflex-url]')
  return (named && attribute(named, 'data-reflex-url')) ?? undefined
}

function datasetOf(element: Element): Record<string, string> | undefined {
  const merged: Record<string, string> = Object.create(null)
  for (const source of datasetSources(element)) {
    // SVG and MathML elements have a dataset as well.
    const { dataset } = real(source as HTMLElement)
    for (const key in dataset) {
      if (!/^(reflex|patella)/.test(key)) merged[key] ??= dataset[key] as string
    }
  }
  return Object.keys(merged).length ? merged : undefined
}

/** The element first, then what `data-reflex-dataset` adds: `combined`, all its ancestors, nearest first; or a selector's matches. */
function datasetSources(element: Element): Element[] {
  const more = attribute(element, 'data-reflex-dataset')
  if (more !== 'combined') return more ? [element, ...findAll(more)] : [element]
  const sources = []
  for (let next: Element | null = element; next; next = next.parentElement) sources.push(next)
  return sources
}

/** A multiple select's choices, or the ticked ones of the checkboxes that share a name in the same form. */
function choicesOf(element: Control): string[] | undefined {
  const { type, name, form, selectedOptions } = element
  if (type === 'select-multiple') return valuesOf(selectedOptions)
  if (type !== 'checkbox' || !name) return
  const group = findAll<HTMLInputElement>('input[type=checkbox]').filter(
    (box) => box.name === name && box.form === form,
  )
  return group.length > 1 ? valuesOf(group.filter((box) => box.checked)) : undefined
}

function attributesOf(element: Element): unknown {
  const names = attribute(element, 'data-reflex-attributes')?.match(/\S+/g)
  return names && Object.fromEntries(names.map((name) => [name, attribute(element, name) ?? undefined]))
}
