import type { TellSwaps } from './bases.ts'

/**
 * Names roots in which a value is another in each render: a token with a mask, an id that is made anew. So many `renders` in a
 * row tell it from one that did change.
 */
export function createSwapTeller({ warn }: { warn(message: string): void }, renders = 3): TellSwaps {
  const counts = new Map<string, number>()
  return (root, [, now], html) => {
    const count = now === undefined ? 0 : (counts.get(root) ?? 0) + 1
    counts.set(root, count)
    if (now === undefined || count !== renders) return
    const at = html.indexOf(now)
    const before = html.slice(Math.max(html.lastIndexOf('<', at), at - 200), at)
    const name = root === '' ? 'the body' : JSON.stringify(root)
    warn(
      `In ${name} a value is another in each render: ${before}… Make it once for each session, and patches get shorter.`,
    )
  }
}
