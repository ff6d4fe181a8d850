interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(html: string): string }): { createHTML(html: string): string }
}

let policy: { createHTML(html: string): string } | undefined

/**
 * Parses markup that is to take the place of `target`, or to stand in it. Rows, cells, options and the like need no table
 * around them; parts of an SVG do need the `svg`.
 */
export function parseFragment(html: string, target: Element | null): DocumentFragment {
  const template = document.createElement('template')
  const inSvg = target instanceof SVGElement && target.ownerSVGElement
  template.innerHTML = trusted(inSvg ? `<svg>${html}</svg>` : html)
  const { content } = template
  if (inSvg) content.replaceChildren(...(content.firstElementChild as Element).childNodes)
  return inert(content)
}

/** Parses a whole body, its own attributes included. */
export function parseBody(html: string): HTMLElement {
  return inert(new DOMParser().parseFromString(trusted(html), 'text/html').body)
}

/**
 * Where scripts run, the parser keeps the content of `noscript` as text; here it made elements of it, and images among them
 * would load when they reach the page.
 */
function inert<T extends ParentNode>(content: T): T {
  for (const noscript of content.querySelectorAll('noscript')) noscript.textContent = noscript.innerHTML
  return content
}

/** Pages under `require-trusted-types-for 'script'` allow the policy by `trusted-types patella`. */
function trusted(html: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  if (!trustedTypes) return html
  policy ??= trustedTypes.createPolicy('patella', { createHTML: (text) => text })
  return policy.createHTML(html)
}
