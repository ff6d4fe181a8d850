const { scryptSync, timingSafeEqual } = require('node:crypto')
const passport = require('passport')
const { Strategy } = require('passport-local')

const hash = (password) => scryptSync(password, 'salt', 32, { N: 1024 })

const users = new Map([
  ['ada', { id: 1, name: 'ada', password: hash('lovelace') }],
  ['bob', { id: 2, name: 'bob', password: hash('builder') }],
])

passport.use(
  new Strategy((name, password, done) => {
    const user = users.get(name)
    done(null, user !== undefined && timingSafeEqual(user.password, hash(password)) && user)
  }),
)
passport.serializeUser((user, done) => done(null, user.name))
passport.deserializeUser((name, done) => done(null, users.get(name) ?? false))

module.exports = passport
