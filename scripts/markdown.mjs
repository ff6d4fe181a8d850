/**
 * What the checks read out of a document.
 *
 * @typedef {{ lang: string, title: string | undefined, ignore: boolean, text: string, line: number }} Block
 *   A fenced block: ```` ```ts title="server.ts" ```` or ```` ```ts ignore ````; `line` is that of its first line of code
 */

/** @param {string} markdown @returns {Block[]} */
export function blocksOf(markdown) {
  return [...markdown.matchAll(/^( *)(`{3,})([^\n`]*)\n([\s\S]*?)^\1\2 *$/gm)].map(
    ({ 1: indent, 3: info, 4: text, index }) => {
      const [lang = '', ...rest] = info.trim().split(/\s+/)
      return {
        lang,
        title: /\btitle="([^"]+)"/.exec(info)?.[1],
        ignore: rest.includes('ignore'),
        text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        line: lineAt(markdown, index) + 1,
      }
    },
  )
}

/**
 * Code that the blocks of a document rely on and its readers need not see: `<!-- context … -->`.
 * @param {string} markdown
 */
export function contextsOf(markdown) {
  return [...markdown.matchAll(/<!-- context\n([\s\S]*?)-->/g)].map(({ 1: text, index }) => ({
    text,
    line: lineAt(markdown, index) + 1,
  }))
}

/** Links and pictures to other files and headings. @param {string} markdown */
export function linksOf(markdown) {
  const prose = withoutCode(markdown)
  return [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)|\b(?:src|href|srcset)="([^"]+)"/g)]
    .map(({ 1: link, 2: attribute, index }) => ({ target: link ?? attribute ?? '', line: lineAt(prose, index) }))
    .filter(({ target }) => !/^[a-z]+:/.test(target))
}

/** The anchors that GitHub gives a document's headings. @param {string} markdown */
export function anchorsOf(markdown) {
  const seen = new Map()
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(({ 1: heading = '' }) => {
    const slug = heading
      .toLowerCase()
      .trim()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  })
}

/** Fenced blocks blanked out, so that lines keep their numbers. */
function withoutCode(markdown) {
  return markdown.replace(/^( *)(`{3,})[\s\S]*?^\1\2 *$/gm, (block) => block.replace(/[^\n]/g, ''))
}

function lineAt(text, index) {
  return text.slice(0, index).split('\n').length
}
