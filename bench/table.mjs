/** The 1,000-row table of the peers' benchmarks: its data, and one markup by several template engines. */
import ejs from 'ejs'
import { Eta } from 'eta'
import Handlebars from 'handlebars'
import { jsx } from 'hono/jsx'
import { html, raw } from 'patella'
import pug from 'pug'

const first = ['Alice', 'Bruno', 'Carla', 'David', 'Elena', 'Frank', 'Greta', 'Hugo', 'Irene', 'Jonas']
const last = ['Almeida', 'Becker', 'Castillo', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Hansen', 'Ivanov', 'Jensen']
const states = ['active', 'pending', 'closed']

/** The data of one table, and what its events do to it. */
export function createTable(size = 1_000) {
  let rows = Array.from({ length: size }, (_, n) => makeRow(n + 1))
  let next = size + 1
  return {
    get rows() {
      return rows.map((row) => ({ ...row, amount: (row.cents / 100).toFixed(2) }))
    },
    one() {
      rows.find(({ id }) => id === 500).cents += 1
    },
    all() {
      for (const row of rows) row.cents += 1
    },
    prepend() {
      rows.unshift(makeRow(next++))
    },
    sort() {
      rows = rows.reverse()
    },
  }
}

function makeRow(id) {
  return {
    id,
    name: `${first[id % 10]} ${last[Math.floor(id / 10) % 10]}`,
    email: `user${id}@example.com`,
    cents: 10_000 + ((id * 7_919) % 90_000),
    status: states[id % 3],
  }
}

const buttons = ['one', 'all', 'prepend', 'sort']
const cells = ['id', 'name', 'email', 'amount', 'status']

const embedded = (out, each, end) =>
  `<div id="main" data-reflex-root>${buttons.map((name) => `<button data-reflex="table#${name}">${name}</button>`).join('')}<table><tbody>
${each}
<tr id="row-${out('id')}">${cells.map((cell) => `<td>${out(cell)}</td>`).join('')}</tr>
${end}
</tbody></table></div>`

const ejsTable = ejs.compile(embedded((name) => `<%= row.${name} %>`, '<% for (const row of rows) { %>', '<% } %>'))
const eta = new Eta()
const etaTable = eta.compile(embedded((name) => `<%= row.${name} %>`, '<% for (const row of it.rows) { %>', '<% } %>'))
const hbsTable = Handlebars.compile(embedded((name) => `{{${name}}}`, '{{#each rows}}', '{{/each}}'))
const pugTable = pug.compile(`
#main(data-reflex-root)
${buttons.map((name) => `  button(data-reflex='table#${name}') ${name}`).join('\n')}
  table
    tbody
      each row in rows
        tr(id='row-' + row.id)
${cells.map((cell) => `          td= row.${cell}`).join('\n')}
`)

/** Each gives the root's HTML. */
export const engines = {
  html: ({ rows }) =>
    html`<div id="main" data-reflex-root>${buttons.map((name) => html`<button data-reflex="table#${name}">${name}</button>`)}<table><tbody>${rows.map(
      (row) => html`<tr id="row-${row.id}">${cells.map((cell) => html`<td>${row[cell]}</td>`)}</tr>`,
    )}</tbody></table></div>`,
  ejs: ({ rows }) => raw(ejsTable({ rows })),
  eta: ({ rows }) => raw(eta.render(etaTable, { rows })),
  pug: ({ rows }) => raw(pugTable({ rows })),
  handlebars: ({ rows }) => raw(hbsTable({ rows })),
  jsx: ({ rows }) =>
    raw(
      String(
        jsx(
          'div',
          { id: 'main', 'data-reflex-root': true },
          ...buttons.map((name) => jsx('button', { 'data-reflex': `table#${name}` }, name)),
          jsx(
            'table',
            {},
            jsx(
              'tbody',
              {},
              ...rows.map((row) =>
                jsx('tr', { id: `row-${row.id}` }, ...cells.map((cell) => jsx('td', {}, row[cell]))),
              ),
            ),
          ),
        ),
      ),
    ),
}
