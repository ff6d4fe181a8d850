import type { Patched } from './behaviour.ts'

/** A row before, a row behind and one that holds what is tested: in the first place, in the middle, behind the others, and back. */
export const around = (content: string, row = '<div id="row">%</div>') => {
  const held = row.replace('%', content)
  const [a, b] = ['<div id="a">a</div>', '<div id="b">b</div>']
  return [
    `${a}${held}${b}`,
    `${a}<div id="new">new</div>${held}<p>newer</p>${b}`,
    `${held}`,
    `${b}${a}${held}`,
    `${held}${a}${b}`,
    `<p>1</p><p>2</p>${a}${b}${held}`,
    row.replace('%', `<p>before</p>${content}<p>behind</p>`),
    `${a}${held}${b}`,
  ]
}

/** Patches one after the other, and looks after each. */
export async function through(page: Patched, patches: string[], look: (html: string) => Promise<void>): Promise<void> {
  for (const html of patches) {
    await page.patch(html)
    await look(html)
  }
}
