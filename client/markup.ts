type Rule = 'createHTML' | 'createScript' | 'createScriptURL'
type Policy = Record<Rule, (text: string) => string>

interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy
}

let policy: Policy | undefined

/**
 * Parses markup that is to take the place of `target`, or to stand in it. Rows, cells, options and the like need no table
 * around them; parts of an SVG do need the `svg`.
 */
export function parseFragment(html: string, target: Element | null): DocumentFragment {
  const template = document.createElement('template')
  const inSvg = target instanceof SVGElement && target.ownerSVGElement
  const markup = trust('createHTML', inSvg ? `<svg>${html}</svg>` : html)
  // Shadow roots that the markup declares; the other way leaves their templates, and is faster.
  if (html.includes('shadowrootmode') && 'setHTMLUnsafe' in template) template.setHTMLUnsafe(markup)
  else template.innerHTML = markup
  const { content } = template
  if (inSvg) content.replaceChildren(...(content.firstElementChild as Element).childNodes)
  return inert(content)
}

/** Parses a whole body, its own attributes included. */
export function parseBody(html: string): HTMLElement {
  return inert(new DOMParser().parseFromString(trust('createHTML', html), 'text/html').body)
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
export function trust(rule: Rule, text: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  if (!trustedTypes) return text
  const same = (text: string) => text
  policy ??= trustedTypes.createPolicy('patella', { createHTML: same, createScript: same, createScriptURL: same })
  return policy[rule](text)
}
