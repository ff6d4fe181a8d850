import { readFileSync } from 'node:fs'

/** The rows of a document's table whose first column has this heading: the texts of their cells. */
export function tableOf(document: string, heading: string): string[][] {
  const lines = readFileSync(new URL(document, import.meta.url), 'utf8').split('\n')
  const head = lines.findIndex((line) => cellsOf(line)[0] === heading)
  if (head < 0) throw new Error(`${document} has no table that begins with the column "${heading}"`)
  const rows = lines.slice(head + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? undefined : end).map(cellsOf)
}

/** What a cell has in backticks, without them. */
export function codeIn(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? ''
}

function cellsOf(line: string): string[] {
  return line.startsWith('|')
    ? line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim())
    : []
}
