import { attribute } from './dom.ts'

/** Notes what has the focus, and what is selected in it; returns what gives both back when nodes were moved or replaced. */
export function keepFocus(): () => void {
  const active = document.activeElement as HTMLInputElement
  const { selectionStart, selectionEnd } = active ?? {}
  return () => {
    if (!active || document.activeElement === active) return
    const target = active.isConnected ? active : document.getElementById(attribute(active, 'id') ?? '')
    target?.focus({ preventScroll: true })
    // Types without a text selection (number, email) have null here and throw when one is set.
    if (selectionStart != null && (target as HTMLInputElement)?.selectionStart != null) {
      ;(target as HTMLInputElement).setSelectionRange(selectionStart, selectionEnd)
    }
  }
}
