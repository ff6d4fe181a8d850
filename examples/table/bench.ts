import { defineReflex, html, type Session } from 'patella'
import type { Show } from '../example.ts'
import { type Row, row, rowOf, rows } from './rows.ts'

/** What was done to the thousand rows: rows can be made again from it, so that the session stays small. */
interface Done {
  /** Cents added to row 500, and to every row. */
  one: number
  all: number
  reversed: boolean
  /** Rows that were added at either end of the unreversed list, from the outside in, each with what `all` was then. */
  above: [id: number, all: number][]
  below: [id: number, all: number][]
}

const nothingDone = (): Done => ({ one: 0, all: 0, reversed: false, above: [], below: [] })

function doneOf(session: Session): Done {
  session.bench ??= nothingDone()
  return session.bench
}

export const benchReflex = defineReflex('bench', {
  one({ session }) {
    doneOf(session).one++
  },
  all({ session }) {
    doneOf(session).all++
  },
  prepend({ session }) {
    const { reversed, above, below, all } = doneOf(session)
    const added: [number, number] = [rows.length + above.length + below.length + 1, all]
    if (reversed) below.unshift(added)
    else above.unshift(added)
  },
  sort({ session }) {
    const done = doneOf(session)
    done.reversed = !done.reversed
  },
})

export const bench: Show = ({ session }) => html`
  <div id="bench" class="bench" data-reflex-root>
    <button data-reflex="bench#one">one</button>
    <button data-reflex="bench#all">all</button>
    <button data-reflex="bench#prepend">prepend</button>
    <button data-reflex="bench#sort">sort</button>
    <table>${rowsAfter(session.bench ?? nothingDone()).map(row)}</table>
  </div>`

function rowsAfter({ one, all, reversed, above, below }: Done): Row[] {
  const added = ([id, before]: [number, number]) => raised(rowOf(id), all - before)
  const present = [
    ...above.map(added),
    ...rows.map((row) => raised(row, all + (row.id === 500 ? one : 0))),
    ...below.map(added).reverse(),
  ]
  return reversed ? present.reverse() : present
}

function raised(row: Row, cents: number): Row {
  return { ...row, cents: row.cents + cents }
}
