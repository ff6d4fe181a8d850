import type { ReflexEventDetail } from '../lifecycle.ts'

/** Shows what failed, and where in the server's code, until it is clicked away or a reflex succeeds. */
export function showErrors(): void {
  let box: HTMLElement | undefined
  document.addEventListener('reflex:success', close)
  document.addEventListener('keydown', ({ key }) => key === 'Escape' && close())
  document.addEventListener('reflex:error', (event) => {
    const { reflex, error, status } = (event as CustomEvent<ReflexEventDetail>).detail
    // What is left are answers that an application foresees: invalid, unauthorized, redirect.
    if (!error || !/^(error|unknown|timeout|conflict)$/.test(status ?? '')) return
    close()
    box = createBox(`${reflex || 'Rendering the page'} · ${error.code}`, error.message, error.at ?? '')
    box.addEventListener('click', close)
    document.body.append(box)
  })

  function close(): void {
    box?.remove()
    box = undefined
  }
}

/** In a shadow root, so that neither side's styles reach the other; styled through the CSSOM, which any CSP allows. */
function createBox(...lines: string[]): HTMLElement {
  const host = document.createElement('patella-error')
  host.role = 'alert'
  // A patch of the body leaves it in place.
  host.dataset.reflexPermanent = ''
  host.title = 'Click to close'
  host.style.cssText = 'position:fixed;inset:auto 1rem 1rem;z-index:2147483647;cursor:pointer'
  const box = document.createElement('div')
  box.style.cssText =
    'max-width:60rem;max-height:50vh;margin:auto;padding:1rem;overflow:auto;border-radius:.5rem;' +
    'background:#7f1d1d;color:#fff;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap'
  box.append(...lines.filter(Boolean).flatMap((line) => [line, document.createElement('br')]))
  host.attachShadow({ mode: 'open' }).append(box)
  return host
}
