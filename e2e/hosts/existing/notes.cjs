const byUser = new Map()

const of = (user) => byUser.get(user.id) ?? []

function add(user, text) {
  byUser.set(user.id, [...of(user), { id: String(of(user).length + 1), text, starred: false }])
}

function star(user, id) {
  const note = of(user).find((one) => one.id === id)
  if (note) note.starred = !note.starred
}

module.exports = { of, add, star }
