import { real, valuesOf } from '../dom.ts'
import { mergeAttributes } from './attributes.ts'
import { copy, twinOf } from './twins.ts'
import type { Work } from './types.ts'

/*
 * What the user does to a field is in its properties; its attributes are what the server rendered. Where the server changed
 * nothing, the user's value stays. Where it did, the server's comes, unless the field has the focus, or the user has gone on
 * since the request that is answered: then it may be but an older value of the field come back.
 */

/** Makes a baseline element with a state of its own like the new one, and brings to the page what differs. */
type Update = (work: Work, base: never, next: never, live: never) => void

/** What an input has; a textarea has no tick. */
type Field = HTMLInputElement

export const fields: Record<string, Update | undefined> = {
  input: updateField,
  textarea: updateField,
  select: updateSelect,
  template: updateTemplate,
}

function updateField(work: Work, base: Field, next: Field, live: Field): void {
  const { defaultValue: text, defaultChecked: tick } = next
  const [textChanged, tickChanged] = [base.defaultValue !== text, base.defaultChecked !== tick]
  const keep = staysMine(work, live)
  mergeAttributes(base, next, live, isClients(live))
  if (textChanged) {
    // A textarea has it in no attribute.
    for (const field of [base, live]) if (field.defaultValue !== text) field.defaultValue = text
    const typed = keep || live === work.focused
    if (!typed && live.value !== text && !/file|checkbox|radio/.test(live.type)) live.value = text
  }
  if (tickChanged && !keep) live.checked = tick
}

function updateSelect(work: Work, base: HTMLSelectElement, next: HTMLSelectElement, live: HTMLSelectElement): void {
  const keep = rendered(base) === rendered(next) || staysMine(work, live)
  const chosen = valuesOf(live.selectedOptions)
  mergeAttributes(base, next, live, isClients(live))
  work.updateChildren(base, next, live)
  const kept = keep && (live.multiple || valuesOf(live.options).some((value) => chosen.includes(value)))
  for (const option of live.options) {
    const selected = kept ? chosen.includes(option.value) : (twinOf(option)?.selected as boolean)
    if (option.selected !== selected && (selected || live.multiple)) option.selected = selected
  }
}

function updateTemplate(
  _work: Work,
  base: HTMLTemplateElement,
  next: HTMLTemplateElement,
  live: HTMLTemplateElement,
): void {
  mergeAttributes(base, next, live, isClients(live))
  if (base.innerHTML === next.innerHTML) return
  base.content.replaceChildren(copy(next.content))
  live.content.replaceChildren(next.content)
}

/** Whether what the user did there stays although the server changed it. */
function staysMine(work: Work, live: Element): boolean {
  return isClients(live) || work.unseen(live, work.n)
}

export function isClients(live: Element): boolean {
  return !!real(live).closest('[data-reflex-morph=client]')
}

function rendered(select: HTMLSelectElement): string {
  return String(valuesOf(select.querySelectorAll('option[selected]')))
}
