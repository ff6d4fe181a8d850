/** What WebDriver and WebDriver BiDi both call a key action. */
export interface KeyAction {
  type: 'keyDown' | 'keyUp'
  value: string
}

/** WebDriver's code points for keys that are not characters (https://w3c.github.io/webdriver/#keyboard-actions). */
const codePoints: Record<string, string> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE006',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  Space: ' ',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
  Meta: '\uE03D',
}

/** One key after the other, down and up. */
export function typed(text: string): KeyAction[] {
  return [...text].flatMap((character) => pressed(character === '\n' ? 'Enter' : character))
}

/** `Control+z`: all down in order, all up in reverse. */
export function pressed(keys: string): KeyAction[] {
  // A plus sign alone is a key.
  const values = (keys === '+' ? [keys] : keys.split('+')).map((key) => codePoints[key] ?? key)
  const unknown = values.find((value) => [...value].length !== 1)
  if (unknown !== undefined) throw new Error(`No key is called “${unknown}”.`)
  return [
    ...values.map((value): KeyAction => ({ type: 'keyDown', value })),
    ...values.reverse().map((value): KeyAction => ({ type: 'keyUp', value })),
  ]
}
