const { randomBytes } = require('node:crypto')
const path = require('node:path')
const compression = require('compression')
const { csrfSync } = require('csrf-sync')
const express = require('express')
const { rateLimit } = require('express-rate-limit')
const session = require('express-session')
const helmet = require('helmet')
const morgan = require('morgan')
const passport = require('./auth.cjs')
const notes = require('./notes.cjs')

const app = express()
app.set('view engine', 'ejs')
app.set('views', path.join(__dirname, 'views'))

app.use((_req, res, next) => {
  res.locals.nonce = randomBytes(16).toString('base64')
  next()
})
app.use(
  helmet({
    contentSecurityPolicy: {
      directives: {
        scriptSrc: [(_req, res) => `'nonce-${res.locals.nonce}'`],
        styleSrc: ["'self'"],
      },
    },
  }),
)
app.use(compression())
app.use(morgan('tiny'))
app.use(express.static(path.join(__dirname, 'public')))
app.use(rateLimit({ windowMs: 60_000, limit: 50, skip: (req) => req.method === 'GET' }))
app.use(express.urlencoded())
app.use(express.json())
app.use(session({ secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false }))
app.use(passport.session())

const { csrfSynchronisedProtection, generateToken } = csrfSync({ getTokenFromRequest: (req) => req.body?._csrf })
app.use(csrfSynchronisedProtection)
app.use((req, res, next) => {
  res.locals.csrf = generateToken(req)
  res.locals.user = req.user
  res.locals.message = req.session.message
  delete req.session.message
  next()
})

const loggedIn = (req, res, next) => (req.isAuthenticated() ? next() : res.redirect('/login'))

app.get('/', (_req, res) => res.redirect('/notes'))
app.get('/login', (_req, res) => res.render('login', { title: 'Log in' }))
app.post(
  '/login',
  passport.authenticate('local', { failureRedirect: '/login?failed' }),
  say((req) => `Welcome, ${req.user.name}.`),
)
app.post(
  '/logout',
  (req, _res, next) => req.logout(next),
  say(() => 'Good-bye.'),
)
app.get('/notes', loggedIn, (req, res) => res.render('notes', { title: 'Notes', notes: notes.of(req.user) }))
app.post(
  '/notes',
  loggedIn,
  (req, _res, next) => {
    notes.add(req.user, req.body.text)
    next()
  },
  say(() => 'The note was added.'),
)

app.use((req, res) => res.status(404).render('error', { title: 'Not found', detail: req.path }))
app.use((err, _req, res, next) => {
  if (res.headersSent) return next(err)
  const status = err.status ?? 500
  res.status(status).render('error', { title: `Error ${status}`, detail: status < 500 ? err.message : 'Sorry.' })
})

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}/`)
})

/** Leaves a message for the next page and leads there. */
function say(text) {
  return (req, res) => {
    req.session.message = text(req)
    res.redirect('/notes')
  }
}
