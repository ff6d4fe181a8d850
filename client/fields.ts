import { syncAttributes } from './attributes.ts'
import { attribute, valuesOf } from './dom.ts'
import { hadFocus } from './focus.ts'

/*
 * User edits touch only properties, so the attribute on the page is what the server last rendered. Where the new HTML has the
 * same attribute the server changed nothing, and the user's value stays; where it differs, the server's is taken, except for
 * text that is being typed.
 */

/** By tag: what makes an element with state of its own like the new one. It does so wholly; false keeps morphdom away. */
export const fields: Record<string, ((from: never, to: never) => false) | undefined> = {
  input: updateInput,
  textarea: updateTextarea,
  select: updateSelect,
  template: updateTemplate,
}

function updateInput(from: HTMLInputElement, to: HTMLInputElement): false {
  const valueChanged = attribute(from, 'value') !== attribute(to, 'value')
  const checkedChanged = from.defaultChecked !== to.defaultChecked
  syncAttributes(from, to)
  if (checkedChanged) from.checked = to.defaultChecked
  if (valueChanged && from.type !== 'file' && !hadFocus(from) && from.value !== to.value) from.value = to.value
  return false
}

function updateTextarea(from: HTMLTextAreaElement, to: HTMLTextAreaElement): false {
  syncAttributes(from, to)
  if (from.defaultValue === to.defaultValue) return false
  from.defaultValue = to.defaultValue
  if (!hadFocus(from)) from.value = to.defaultValue
  return false
}

function updateSelect(from: HTMLSelectElement, to: HTMLSelectElement): false {
  const rendered = valuesOf(to.querySelectorAll('[selected]'))
  const unchanged = valuesOf(from.querySelectorAll('[selected]')).join() === rendered.join()
  const chosen = unchanged ? valuesOf(from.selectedOptions) : rendered
  syncAttributes(from, to)
  if (from.innerHTML === to.innerHTML) return false
  from.replaceChildren(...to.childNodes)
  for (const option of from.options) {
    const selected = chosen.includes(option.value)
    if (selected || from.multiple) option.selected = selected
  }
  return false
}

function updateTemplate(from: HTMLTemplateElement, to: HTMLTemplateElement): false {
  syncAttributes(from, to)
  if (from.innerHTML !== to.innerHTML) from.content.replaceChildren(to.content)
  return false
}
