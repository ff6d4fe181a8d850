import { type Behaviour, expect } from './behaviour.ts'

const row = (n: number, name = `row ${n}`) => `<tr id="r${n}"><td>${n}</td><td>${name}</td></tr>`
const table = (rows: string[]) => `<table><tbody>${rows.join('')}</tbody></table>`
const rows = (length: number) => Array.from({ length }, (_, n) => row(n))

export const structure: Behaviour[] = [
  {
    name: '1 the same HTML again changes nothing',
    async run({ open, patch, mutations }) {
      const html = '<p class="x">a</p><select><option>a</option><option>b</option></select><input value="1">'
      await open(html)
      await mutations()
      for (let n = 0; n < 2; n++) {
        await patch(html)
        expect(await mutations()).toEqual([])
      }
    },
  },
  {
    name: '2 one text in 1,000 rows is one mutation',
    async run({ open, patch, mutations }) {
      const all = rows(1_000)
      await open(table(all))
      await mutations()
      for (const name of ['x', 'y']) {
        await patch(table(all.with(500, row(500, name))))
        expect(await mutations()).toEqual(['characterData'])
      }
    },
  },
]
