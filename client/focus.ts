import { attribute } from './dom.ts'

let focused: Element | null = null

/** Whether it had the focus when the patch began: a node that is moved loses it. */
export function hadFocus(element: Element): boolean {
  return element === focused
}

/** Notes what has the focus; returns what gives it back when nodes were moved or replaced. A field keeps its selection. */
export function keepFocus(): () => void {
  const active = document.activeElement
  focused = active
  return () => {
    if (!active || document.activeElement === active) return
    const target = active.isConnected ? active : document.getElementById(attribute(active, 'id') ?? '')
    ;(target as HTMLElement | null)?.focus({ preventScroll: true })
  }
}
