import { defineReflex, html } from 'patella'
import type { Example, Show } from '../example.ts'
import { bench, benchReflex } from './bench.ts'
import { type Row, row, rows } from './rows.ts'

const columns = { id: 'ID', name: 'Name', email: 'E-mail', cents: 'Amount', status: 'Status' }
const perPage = 20

const reflex = defineReflex('table', {
  // A link, followed without leaving the page: what is rendered next is the new address.
  show({ element, operations }) {
    operations.pushState(addressOf(element.dataset.query ?? ''))
  },
  // Typing replaces the address: Back leads to where the user came from, not from letter to letter.
  search({ params, url, operations }) {
    const q = String(params.q ?? '').slice(0, 100)
    operations.replaceState(addressOf(queryOf(url, { q, page: '' })))
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
        <input id="q" name="q" type="search" value=${q} maxlength="100" autocomplete="off"
          data-reflex="input->table#search:debounce(150)">
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

function heading(column: string, label: string, url: URL) {
  const { sort, descending } = readQuery(url)
  const order = column !== sort ? undefined : descending ? 'descending' : 'ascending'
  const query = queryOf(url, { sort: column, dir: order === 'ascending' ? 'desc' : '', page: '' })
  return html`<th scope="col" aria-sort=${order}>${link(query, label)}</th>`
}

// By its id a link stays the same element, and keeps the focus, while its neighbours come and go.
function step(label: string, page: number, possible: boolean, url: URL) {
  return possible ? link(queryOf(url, { page: String(page) }), label, label.toLowerCase()) : html`<span>${label}</span>`
}

const link = (query: string, label: string, id?: string) =>
  html`<a id=${id} href=${addressOf(query)} data-reflex="table#show" data-query=${query}>${label}</a>`

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
