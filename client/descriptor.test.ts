import { describe, expect, test } from 'vitest'
import { defaultEvent, type Keys, keysMatch, parseDescriptors } from './descriptor.ts'

const parse = (text: string) => parseDescriptors(text, 'click')[0]

describe('a descriptor', () => {
  test('names event and action', () => {
    expect(parse('change->todo#toggle')).toMatchObject({ event: 'change', target: 'todo#toggle', scope: '', keys: [] })
  })

  test('without an event means the usual one', () => {
    expect(parse('counter#increment')).toMatchObject({ event: 'click', target: 'counter#increment' })
  })

  test('may be a bare event, which renders the page again', () => {
    expect(parse('change')).toMatchObject({ event: 'change', target: '' })
    expect(parse('resize@window:debounce(100)')).toMatchObject({ event: 'resize', scope: 'window', target: '' })
  })

  test('listens on the window or the document', () => {
    expect(parse('keydown.ctrl+s@window->doc#save')).toMatchObject({ scope: 'window', keys: ['ctrl', 's'] })
    expect(parse('click@document->menu#close')).toMatchObject({ scope: 'document', event: 'click' })
  })

  test('has key names for keyboard and click events only', () => {
    expect(parse('keydown.esc->a#b')).toMatchObject({ event: 'keydown', keys: ['escape'] })
    expect(parse('click.shift->a#b')).toMatchObject({ event: 'click', keys: ['shift'] })
    expect(parse('shown.bs.modal->a#b')).toMatchObject({ event: 'shown.bs.modal', keys: [] })
  })

  test('takes options, times in ms', () => {
    expect(parse('input->search#query:debounce(300):prevent')?.options).toEqual({ debounce: 300, prevent: 1 })
    expect(parse('a#b:once:stop:throttle(50)')?.options).toEqual({ once: 1, stop: 1, throttle: 50 })
  })

  test('lets names have parts', () => {
    expect(parse('cart:changed->admin:users.all#ban_now:once')).toMatchObject({
      event: 'cart:changed',
      target: 'admin:users.all#ban_now',
      options: { once: 1 },
    })
  })

  test('shares its attribute with others, in order', () => {
    const text = ' keydown.enter->todo#add\n\tkeydown.esc->todo#cancel  focus '
    expect(parseDescriptors(text, 'click').map(({ target }) => target)).toEqual(['todo#add', 'todo#cancel', ''])
  })

  test('that cannot be read is told of and left out', () => {
    const ill: string[] = []
    const texts = ['->a#b', 'click->a#b->c#d', 'click->a', '#b', ':once', '@window->a#b', 'click->a#b#c']
    expect(parseDescriptors(texts.join(' '), 'click', (text) => ill.push(text))).toEqual([])
    expect(ill).toEqual(texts)
  })
})

test.each([
  ['form', null, 'submit'],
  ['details', null, 'toggle'],
  ['select', null, 'change'],
  ['textarea', null, 'input'],
  ['input', null, 'input'],
  ['input', 'email', 'input'],
  ['input', 'checkbox', 'change'],
  ['input', 'radio', 'change'],
  ['input', 'submit', 'click'],
  ['button', 'submit', 'click'],
  ['a', null, 'click'],
  ['tr', null, 'click'],
])('the usual event of <%s type=%s> is %s', (tag, type, event) => {
  expect(defaultEvent(tag, type)).toBe(event)
})

describe('keys', () => {
  const matches = (filter: string, event: Keys) => keysMatch(parse(`keydown.${filter}->a#b`)?.keys ?? [], event)

  test('match by the name of the key', () => {
    expect(matches('enter', { key: 'Enter' })).toBe(true)
    expect(matches('enter', { key: 'a' })).toBe(false)
    expect(matches('space', { key: ' ' })).toBe(true)
    expect(matches('down', { key: 'ArrowDown' })).toBe(true)
    expect(matches('ctrl+plus', { key: '+', ctrlKey: true })).toBe(true)
  })

  test('want exactly the modifiers named', () => {
    expect(matches('ctrl+s', { key: 's', ctrlKey: true })).toBe(true)
    expect(matches('ctrl+s', { key: 's' })).toBe(false)
    expect(matches('ctrl+s', { key: 's', ctrlKey: true, altKey: true })).toBe(false)
    expect(matches('enter', { key: 'Enter', shiftKey: true })).toBe(false)
    expect(matches('shift+enter', { key: 'Enter', shiftKey: true })).toBe(true)
  })

  test('a typed character is itself, however it is typed', () => {
    expect(matches('?', { key: '?', shiftKey: true })).toBe(true)
    expect(matches('?', { key: '?' })).toBe(true)
  })

  test('survive a keydown without a key, as autofill makes it', () => {
    expect(matches('enter', {})).toBe(false)
  })
})
