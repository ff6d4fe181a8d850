const { createPatella, defineReflex } = require('patella')
const notes = require('./notes.cjs')

const star = defineReflex(
  'notes',
  { star: ({ request, element }) => notes.star(request.user, element.dataset.id) },
  { authorize: ({ request }) => request.isAuthenticated() || 'unauthorized' },
)

module.exports = createPatella({ secret: process.env.SESSION_SECRET, reflexes: [star], use: 'host' })
