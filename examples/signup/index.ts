import { defineReflex, html, type Params, type Session } from 'patella'
import * as v from 'valibot'
import type { Example, Show } from '../example.ts'
import { createAccount, findAccount, isTaken } from './accounts.ts'

const labels = { name: 'Name', email: 'E-mail', password: 'Password' }
type Field = keyof typeof labels
type Errors = Partial<Record<Field, string>>

const account = v.object({
  name: v.pipe(v.string(), v.trim(), v.nonEmpty('Tell us your name'), v.maxLength(80, 'At most 80 characters')),
  email: v.pipe(
    v.string(),
    v.trim(),
    v.email('This is not an e-mail address'),
    v.maxLength(120, 'At most 120 characters'),
    v.check((email) => !isTaken(email), 'Somebody has this address already'),
  ),
  password: v.pipe(v.string(), v.minLength(8, 'At least 8 characters'), v.maxLength(200, 'At most 200 characters')),
})

function errorsOf(params: Params): Errors {
  const { issues } = v.safeParse(account, params)
  const nested = issues ? v.flatten<typeof account>(issues).nested : {}
  return Object.fromEntries(Object.entries(nested ?? {}).map(([field, messages]) => [field, messages?.[0]]))
}

// A new id for the session, so that whoever knew the old one knows nothing.
function logIn(session: Session, user: string): void {
  session.regenerate()
  session.user = user
}

const signup = defineReflex('signup', {
  // The form carries the names of the fields that the user has been in: only those may complain.
  check({ params, element, locals }) {
    locals.touched = [...new Set([...String(params.touched ?? '').split(' '), element.name])].filter(Boolean)
    locals.errors = errorsOf(params)
  },
  async create({ params, session, locals, flash, redirect, scripted }) {
    const { success, output } = v.safeParse(account, params)
    if (!success) {
      locals.touched = Object.keys(labels)
      locals.errors = errorsOf(params)
      // A script leaves in the fields what was typed; without one the page is a new one.
      if (!scripted) locals.typed = { name: params.name, email: params.email }
      return
    }
    await createAccount(output.email, output.name, output.password)
    logIn(session, output.name)
    flash.notice = `Welcome, ${output.name}.`
    redirect('/signup/members')
  },
  async login({ params, session, locals, flash, redirect }) {
    const user = await findAccount(String(params.email ?? ''), String(params.password ?? ''))
    if (user === undefined) {
      locals.refused = true
      return
    }
    logIn(session, user)
    flash.notice = `Welcome back, ${user}.`
    redirect('/signup/members')
  },
})

const members = defineReflex(
  'members',
  {
    write({ session, params }) {
      session.note = String(params.note ?? '').slice(0, 500)
    },
    logout({ session, redirect }) {
      session.destroy()
      redirect('/signup/login')
    },
  },
  // Asked before every action, on the session as it is at that moment.
  { authorize: ({ session }) => session.user !== undefined || 'unauthorized' },
)

const field = (name: Field, type: string, autocomplete: string, { errors = {}, touched = [], typed = {} }: Checked) => {
  const error = touched.includes(name) ? errors[name] : undefined
  return html`
  <label for=${name}>${labels[name]}
    <input id=${name} name=${name} type=${type} autocomplete=${autocomplete} value=${typed[name]}
      data-reflex="input->signup#check:debounce(150)"
      aria-invalid=${error !== undefined} aria-describedby="${name}-error">
  </label>
  <p id="${name}-error" class="error" role="status">${error}</p>`
}

interface Checked {
  errors?: Errors
  touched?: string[]
  typed?: Partial<Record<Field, string>>
}

const signupPage: Show = ({ session, locals, action }) => {
  const checked = locals as Checked
  return html`
  <section id="signup" class="panel narrow" aria-label="Sign up" data-reflex-root>
    <form method="post" action=${action('signup#create', { page: '/signup' })} data-reflex="signup#create" novalidate>
      <input type="hidden" name="touched" value="${checked.touched?.join(' ')}">
      ${field('name', 'text', 'name', checked)}
      ${field('email', 'email', 'email', checked)}
      ${field('password', 'password', 'new-password', checked)}
      <button class="main">Create account</button>
    </form>
    ${
      session.user === undefined
        ? html`<p>Have an account? <a href="/signup/login">Log in</a></p>`
        : html`<p>You are logged in: <a href="/signup/members">members' page</a></p>`
    }
  </section>`
}

const loginPage: Show = ({ locals, action }) => html`
  <section id="login" class="panel narrow" aria-label="Log in" data-reflex-root>
    <form method="post" action=${action('signup#login', { page: '/signup/login' })} data-reflex="signup#login">
      <label for="email">E-mail <input id="email" name="email" type="email" autocomplete="username" required></label>
      <label for="password">Password
        <input id="password" name="password" type="password" autocomplete="current-password" required>
      </label>
      <p class="error" role="status">${locals.refused && 'Address and password do not belong together'}</p>
      <button class="main">Log in</button>
    </form>
    <p>New here? <a href="/signup">Sign up</a></p>
  </section>`

const membersPage: Show = ({ session, flash, url, action }) => {
  if (session.user === undefined) return Response.redirect(new URL('/signup/login', url), 302)
  return html`
  <section id="members" class="panel narrow" aria-label="Members" data-reflex-root>
    <p class="notice" role="status">${flash.notice}</p>
    <h2>Hello, ${session.user}</h2>
    <form method="post" action=${action('members#write', { page: '/signup/members' })} data-reflex="members#write">
      <label for="note">A note to yourself
        <textarea id="note" name="note" rows="3" maxlength="500">${session.note}</textarea>
      </label>
      <button class="main">Save</button>
    </form>
    <p id="saved" role="status">${session.note && `Saved: ${session.note.length} characters`}</p>
    <form method="post" action=${action('members#logout', { page: '/signup/login' })} data-reflex="members#logout">
      <button>Log out</button>
    </form>
  </section>`
}

export const accounts: Example = {
  title: 'Accounts',
  about: 'Sign up with live validation, log in, log out, and a page for members alone.',
  reflexes: [signup, members],
  pages: { '/signup': signupPage, '/signup/login': loginPage, '/signup/members': membersPage },
  files: ['signup/index.ts', 'signup/accounts.ts'],
}
