import { defineReflex, html, type Session } from 'patella'
import type { Example, Show } from '../example.ts'

interface Todo {
  id: number
  text: string
  done: boolean
}

const filters = { all: 'All', active: 'Active', completed: 'Completed' }

const todosOf = (session: Session): Todo[] => session.todos ?? []
const nextId = (todos: Todo[]) => Math.max(0, ...todos.map(({ id }) => id)) + 1
const textOf = (params: { text?: unknown }) =>
  String(params.text ?? '')
    .trim()
    .slice(0, 200)

const reflex = defineReflex('todo', {
  add({ session, params, operations }) {
    const text = textOf(params)
    const todos = todosOf(session)
    if (text) session.todos = [...todos, { id: nextId(todos), text, done: false }]
    operations.resetForm('#new')
  },
  toggle({ session, element, params }) {
    for (const todo of todosOf(session)) if (todo.id === element.numeric.id) todo.done = params.done === 'on'
  },
  toggleAll({ session, params }) {
    for (const todo of todosOf(session)) todo.done = params.done === 'on'
  },
  remove({ session, element }) {
    session.todos = todosOf(session).filter(({ id }) => id !== element.numeric.id)
  },
  clear({ session }) {
    session.todos = todosOf(session).filter(({ done }) => !done)
  },
  // Which todo is being edited concerns this tab alone: it goes to the next render and no further.
  edit({ element, locals, operations }) {
    locals.editing = element.numeric.id
    operations.setFocus('#edit')
  },
  save({ session, element, params }) {
    const text = textOf(params)
    for (const todo of todosOf(session)) if (todo.id === element.numeric.id) todo.text = text
    session.todos = todosOf(session).filter((todo) => todo.text)
  },
  cancel() {},
  show({ element, operations }) {
    operations.pushState(addressOf(element.dataset.filter))
  },
})

const addressOf = (filter = 'all') => (filter === 'all' ? '/todo' : `/todo?filter=${encodeURIComponent(filter)}`)

const show: Show = ({ session, url, locals, action }) => {
  const filter = url.searchParams.get('filter') ?? 'all'
  const todos = todosOf(session)
  const left = todos.filter(({ done }) => !done).length
  const shown = todos.filter(({ done }) => filter === 'all' || done === (filter === 'completed'))
  // What a form is submitted to where no script runs; it leads back to the page as it is filtered now.
  const to = (name: string, id?: number) => action(`todo#${name}`, { data: { id }, page: addressOf(filter) })
  return html`
  <section id="todo" class="panel" aria-label="Todos" data-reflex-root>
    <form id="new" class="line" method="post" action=${to('add')} data-reflex="todo#add">
      <label for="text" class="grow">
        <span class="hidden">What needs to be done?</span>
        <input id="text" name="text" placeholder="What needs to be done?" autocomplete="off" maxlength="200">
      </label>
      <button class="main">Add</button>
    </form>
    <form class="line" method="post" action=${to('toggleAll')} hidden=${todos.length === 0}
      data-reflex="todo#toggleAll change->todo#toggleAll">
      <label class="check"><input id="all" type="checkbox" name="done" checked=${left === 0}> Mark all as done</label>
      <button class="quiet scriptless">Save</button>
    </form>
    <ul class="todos">${shown.map((todo) => (todo.id === locals.editing ? editor(todo, to) : item(todo, to)))}</ul>
    <footer class="line" hidden=${todos.length === 0}>
      <p id="left"><strong>${left}</strong> ${left === 1 ? 'item' : 'items'} left</p>
      <nav aria-label="Filter" data-reflex="popstate@window">
        ${Object.entries(filters).map(
          ([name, label]) => html`<a href=${addressOf(name)} data-reflex="todo#show" data-filter=${name}
            aria-current=${name === filter ? 'page' : undefined}>${label}</a>`,
        )}
      </nav>
      <form method="post" action=${to('clear')} data-reflex="todo#clear" hidden=${left === todos.length}>
        <button>Clear completed</button>
      </form>
    </footer>
  </section>`
}

type Address = (action: string, id?: number) => string

const item = ({ id, text, done }: Todo, to: Address) => html`
  <li id="todo-${id}">
    <form class="line" method="post" action=${to('toggle', id)} data-reflex="todo#toggle change->todo#toggle" data-id=${id}>
      <label class="check"><input type="checkbox" name="done" checked=${done} aria-label=${text}></label>
      <span class="grow" data-reflex="dblclick->todo#edit" data-id=${id}>${text}</span>
      <button class="quiet scriptless" aria-label="Save the tick of ${text}">Save</button>
      <button class="quiet" formaction=${to('edit', id)} data-reflex="todo#edit" data-id=${id}
        aria-label="Edit ${text}">✎</button>
      <button class="quiet" formaction=${to('remove', id)} data-reflex="todo#remove" data-id=${id}
        aria-label="Delete ${text}">×</button>
    </form>
  </li>`

const editor = ({ id, text }: Todo, to: Address) => html`
  <li id="todo-${id}">
    <form class="line" method="post" action=${to('save', id)} data-reflex="todo#save" data-id=${id}>
      <input id="edit" class="grow" name="text" value=${text} aria-label="Edit ${text}" maxlength="200" autocomplete="off"
        data-reflex="blur->todo#save keydown.esc->todo#cancel" data-id=${id}>
      <button class="quiet scriptless">Save</button>
    </form>
  </li>`

export const todo: Example = {
  title: 'Todos',
  about:
    'TodoMVC. Double-click to edit; Enter saves, Escape cancels. The filter is in the URL, the list in the session.',
  reflexes: [reflex],
  pages: { '/todo': show },
  files: ['todo/index.ts'],
}
