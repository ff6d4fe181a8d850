type Rule = 'createHTML' | 'createScript' | 'createScriptURL'
type Policy = Record<Rule, (text: string) => string>

interface TrustedTypes {
  /** Ours, made once for all of our scripts: the browser may forbid a second one of the name. */
  patella?: Policy
  createPolicy(name: string, rules: Policy): Policy
}

/**
 * Parses markup that is to take the place of `target`, or to stand in it. Rows, cells, options and the like need no table
 * around them; parts of a drawing or a formula do need what makes them one.
 */
export function parseFragment(html: string, target: Element | null): DocumentFragment {
  const template = document.createElement('template')
  const foreign = target?.localName !== 'foreignObject' && target?.namespaceURI?.match(/svg|math/i)
  const markup = trust('createHTML', foreign ? `<${foreign}>${html}` : html)
  // Shadow roots that the markup declares; the other way leaves their templates, and is faster.
  if (html.includes('shadowrootmode') && 'setHTMLUnsafe' in template) template.setHTMLUnsafe(markup)
  else template.innerHTML = markup
  const { content } = template
  if (foreign) content.replaceChildren(...(content.firstElementChild as Element).childNodes)
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
  trustedTypes.patella ??= trustedTypes.createPolicy('patella', {
    createHTML: same,
    createScript: same,
    createScriptURL: same,
  })
  return trustedTypes.patella[rule](text)
}
