/**
 * One wish of a `data-reflex` attribute, which holds any number of them with spaces between:
 *
 *     [event[.key][@window|@document]->]name#action[:option…]
 *     event[.key][@window|@document][:option…]              renders the page again and runs nothing
 *
 * - Without an event the element's own is meant (`defaultEvent`).
 * - `.key` belongs to keyboard and click events: a key's name and the modifiers held, joined by `+`: `keydown.ctrl+s`,
 *   `click.shift`. Modifiers that are not named must not be held.
 * - Options: `:prevent`, `:stop`, `:once`, `:debounce(ms)`, `:throttle(ms)`.
 */
export interface Descriptor {
  /** The descriptor as written: what tells it from the others of its element. */
  text: string
  event: string
  /** Key names and modifiers, lower case; empty: any. */
  keys: readonly string[]
  /** Where the event is listened for instead of on the element. */
  scope: 'window' | 'document' | ''
  /** `name#action`, or '' to render the page again. */
  target: string
  /** The options given: ms of those that take a time, 1 of the others. */
  options: { prevent?: number; stop?: number; once?: number; debounce?: number; throttle?: number }
}

const optionsAtEnd = /(?::(?:prevent|stop|once|(?:debounce|throttle)\(\d+\)))*$/
const body = /^(?:([^@#>]+)(?:@(window|document))?(?:->|$))?([^#>]+#[^#>]+)?$/
const keyed = /^(key(?:down|up|press)|(?:dbl|aux)?click)\.(.+)$/

const aliases: Record<string, string> = {
  esc: 'escape',
  space: ' ',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
  plus: '+',
}

/** Reads an attribute's descriptors; `ill` is told of each that cannot be read, and it is left out. */
export function parseDescriptors(text: string, usual: string, ill?: (text: string) => void): Descriptor[] {
  return (text.match(/\S+/g) ?? []).flatMap((item) => {
    const descriptor = parseDescriptor(item, usual)
    if (!descriptor) ill?.(item)
    return descriptor ?? []
  })
}

function parseDescriptor(text: string, usual: string): Descriptor | undefined {
  const start = text.search(optionsAtEnd)
  const parts = body.exec(text.slice(0, start))
  if (!parts || !start) return
  const [, listed = usual, scope = '', target = ''] = parts
  const [, event = listed, keys] = keyed.exec(listed) ?? []
  const options: Record<string, number> = {}
  for (const [, name, ms = 1] of text.slice(start).matchAll(/(\w+)(?:\((\d+))?/g)) options[name as string] = Number(ms)
  return {
    text,
    event,
    keys: keys ? keys.split('+').map((key) => aliases[key] ?? key.toLowerCase()) : [],
    scope: scope as Descriptor['scope'],
    target,
    options,
  }
}

const usualEvents: Record<string, string> = { form: 'submit', details: 'toggle', select: 'change', textarea: 'input' }

/** The event that a user means by `data-reflex="name#action"` on such an element; the same choice as Stimulus's. */
export function defaultEvent(tag: string, type: string | null): string {
  if (tag !== 'input') return usualEvents[tag] ?? 'click'
  if (/^(submit|button|image|reset)$/.test(type ?? '')) return 'click'
  return /^(checkbox|radio|file)$/.test(type ?? '') ? 'change' : 'input'
}

const modifiers = ['ctrl', 'alt', 'meta', 'shift'] as const

/** What keyboard and mouse events have of this, and other events have not. */
export type Keys = { key?: string } & { [M in (typeof modifiers)[number] as `${M}Key`]?: boolean }

/** Whether the keys named by a descriptor are those of the event, and no others. */
export function keysMatch(keys: readonly string[], event: Keys): boolean {
  if (!keys.length) return true
  // Chrome's autofill dispatches keydown without a key.
  const pressed = event.key?.toLowerCase() ?? ''
  // Shift is how some characters are typed at all: "?" means the character, with or without it.
  const typed = pressed.length === 1 && pressed === pressed.toUpperCase()
  const held = modifiers.filter((name) => event[`${name}Key`] && !(typed && name === 'shift'))
  return [...held, pressed].filter(Boolean).sort().join() === [...keys].sort().join()
}
