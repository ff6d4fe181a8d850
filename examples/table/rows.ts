import { type Html, html } from 'patella'

/** A thousand people, the same on every machine: row ID is made from its number alone. */
export interface Row {
  id: number
  name: string
  email: string
  cents: number
  status: string
}

const first = ['Alice', 'Bruno', 'Carla', 'David', 'Elena', 'Frank', 'Greta', 'Hugo', 'Irene', 'Jonas']
const last = ['Almeida', 'Becker', 'Castillo', 'Dupont', 'Eriksen', 'Fischer', 'Garcia', 'Hansen', 'Ivanov', 'Jensen']
const statuses = ['active', 'pending', 'closed']

export function rowOf(id: number): Row {
  return {
    id,
    name: `${first[id % 10]} ${last[Math.floor(id / 10) % 10]}`,
    email: `user${id}@example.com`,
    cents: 10_000 + ((id * 7919) % 90_000),
    status: statuses[id % 3] as string,
  }
}

export const rows: readonly Row[] = Array.from({ length: 1_000 }, (_, index) => rowOf(index + 1))

export function row({ id, name, email, cents, status }: Row): Html {
  const amount = (cents / 100).toFixed(2)
  return html`<tr id="row-${id}"><td>${id}</td><td>${name}</td><td>${email}</td><td>${amount}</td><td>${status}</td></tr>`
}
