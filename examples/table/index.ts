import { defineReflex, html } from 'patella'
import type { Example, Show } from '../example.ts'
import { bench, benchReflex } from './bench.ts'
import { amountOf, type Row, rows } from './rows.ts'

const columns = { id: 'ID', name: 'Name', email: 'E-mail', cents: 'Amount', status: 'Status' }
const perPage = 20

const reflex = defineReflex('table', {
  // A link, followed without leaving the page: the next render is that of the new address.
  show({ element, operations }) {
    operations.pushState(new URLSearchParams(element.dataset.query).size ? `/table?${element.dataset.query}` : '/table')
  },
  // Typing replaces the address: Back leads to where the user came from, not to each letter.
  search({ params, url, operations }) {
    operations.replaceState(addressOf(queryOf(url, { q: params.q, page: '' })))
  },
})

const show: Show = ({ url }) => {
  const { q, sort, descending } = readQuery(url)
  const found = rows.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(q.toLowerCase()))
  const sorted = found.sort((a, b) => compare(a[sort], b[sort]) * (descending ? -1 : 1))
  const pages = Math.max(1, Math.ceil(sorted.length / perPage))
  const page = Math.min(Math.max(1, Math.trunc(Number(url.searchParams.get('page'))) || 1), pages)
  return html`
  <section id="table" class="panel" aria-label="People" data-reflex-root>
    <form class="line" role="search" action="/table" data-reflex="table#search">
      <label for="q" class="grow">Search
        <input id="q" name="q" type="search" value=${q} autocomplete="off" data-reflex="input->table#search:debounce(150)">
      </label>
    </form>
    <p id="found" role="status">${sorted.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')} people</p>
    <div class="scroll" role="region" aria-label="People, one per row" tabindex="0">
      <table>
        <thead><tr>${Object.entries(columns).map(([column, label]) => heading(column, label, url))}</tr></thead>
        <tbody>${sorted.slice((page - 1) * perPage, page * perPage).map(row)}</tbody>
      </table>
    </div>
    <nav aria-label="Pages" data-reflex="popstate@window">
      ${step('Previous', page - 1, page > 1, url)}
      <span id="page">Page ${page} of ${pages}</span>
      ${step('Next', page + 1, page < pages, url)}
    </nav>
    <p><a href="/table/bench">The whole thousand on one page</a></p>
  </section>`
}

const row = ({ id, name, email, cents, status }: Row) =>
  html`<tr id="row-${id}"><td>${id}</td><td>${name}</td><td>${email}</td><td>${amountOf(cents)}</td><td>${status}</td></tr>`

function heading(column: string, label: string, url: URL) {
  const { sort, descending } = readQuery(url)
  const order = column !== sort ? undefined : descending ? 'descending' : 'ascending'
  const query = queryOf(url, { sort: column, dir: order === 'ascending' ? 'desc' : '', page: '' })
  return html`<th scope="col" aria-sort=${order}>${link(query, label)}</th>`
}

function step(label: string, page: number, possible: boolean, url: URL) {
  return possible ? link(queryOf(url, { page: String(page) }), label) : html`<span>${label}</span>`
}

const link = (query: string, label: string) =>
  html`<a href=${addressOf(query)} data-reflex="table#show" data-query=${query}>${label}</a>`

const addressOf = (query: string) => (query ? `/table?${query}` : '/table')

/** The page's query with some parts changed; an empty part is left out. */
function queryOf(url: URL, changes: Record<string, string>): string {
  const query = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries(changes)) value ? query.set(name, value) : query.delete(name)
  return String(query)
}

function readQuery({ searchParams }: URL) {
  const sort = searchParams.get('sort') ?? 'id'
  return {
    q: searchParams.get('q')?.trim() ?? '',
    sort: (Object.hasOwn(columns, sort) ? sort : 'id') as keyof Row,
    descending: searchParams.get('dir') === 'desc',
  }
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export const table: Example = {
  title: 'Table',
  about:
    'A thousand rows with search, sorting and pages. All of it is in the URL, so Back, Forward and bookmarks work.',
  reflexes: [reflex, benchReflex],
  pages: { '/table': show, '/table/bench': bench },
  files: ['table/index.ts', 'table/bench.ts', 'table/rows.ts'],
}
