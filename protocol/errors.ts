/**
 * Every error that Patella raises or answers with: a stable code, the HTTP status it has where it ends a plain
 * request, and a message that holds the remedy. `docs/errors.md` mirrors this table, and a test holds them together.
 *
 * `{name}` in a message is filled in from the details given to `PatellaError`.
 */
export const errorTable = {
  action_failed: [500, 'The action {action} threw: {reason}. Look at the stack in the log, or add an `error` hook.'],
  action_unknown: [
    404,
    'No action {action} is declared. Declare it in defineReflex() and list the reflex in createPatella({ reflexes }).',
  ],
  action_timeout: [
    504,
    'The action {action} took longer than {ms} ms. Pass `signal` on to what it waits for, or raise `timeout`.',
  ],
  arguments_invalid: [422, 'The arguments of {action} do not fit its schema: {reason}.'],
  body_too_large: [413, 'The request body is larger than {limit} bytes.'],
  browser_only: [500, 'patella/client runs in a browser. On the server import from "patella".'],
  connection_limit: [503, 'This process holds {limit} connections already. Raise limits.connections or add a process.'],
  context_key_reserved: [
    500,
    'createPatella({ context }) returned "{key}", which an action\'s context has already. Choose another name.',
  ],
  disconnected: [
    503,
    'The server closed the connection for good: another one speaks for this tab, or its script is too old. Reload the page.',
  ],
  flood: [429, 'The connection sent more than {rate} requests per second. Debounce the event, or raise limits.rate.'],
  form_invalid: [422, 'The form does not fit the schema of {action}.'],
  frame_too_large: [
    413,
    'The request is larger than {limit} bytes. Send less with it: data-reflex-serialize-form="false", or raise limits.frame.',
  ],
  handoff_invalid: [403, "The hand-off token is used, too old or not this tab's. Reload the page."],
  html_invalid: [
    500,
    '{what} was given {type} where HTML is wanted. Give a string or html`…`, and await promises first.',
  ],
  middleware_answered: [
    500,
    'A middleware of `use` answered {status} itself, so the action did not run. Let it pass requests on, and decide in authorize().',
  ],
  middleware_missing: [
    500,
    'patella.session(request) needs the request to pass through Patella first: mount its middleware or plugin before the routes.',
  ],
  node_server_missing: [
    500,
    "patella.hono() found no request of Node's. Serve the app by @hono/node-server: serve({ fetch: app.fetch }).",
  ],
  not_authorized: [401, 'The session may not run {action}: authorize() asked for a login.'],
  not_permitted: [403, 'The session may not run {action}.'],
  option_invalid: [500, 'createPatella: {reason}.'],
  origin_refused: [
    403,
    'A page of {origin} asked for {own}, which is where this app believes it is. Add the origin to `origins` if that is meant; behind a proxy, pass Host and X-Forwarded-Proto on and set `trustProxy`{forwarded}.',
  ],
  package_missing: [500, '{what} needs the package {package}. Install it: npm install {package}'],
  page_empty: [500, 'Rendering {url} again gave nothing. A page morph needs HTML.'],
  page_failed: [
    500,
    'Rendering {url} again answered {status}. A page morph needs a 2xx answer with HTML to a GET; data-reflex-url names another URL.',
  ],
  page_forbidden: [
    403,
    'Rendering {url} again answered 403. The session may not see it: show no link or button that leads there.',
  ],
  page_missing: [
    404,
    'A GET for {url} finds nothing to render. Add the route or patella.page(), or name the URL that renders it: data-reflex-url.',
  ],
  page_not_html: [500, 'Rendering {url} again answered {type}. A page morph needs text/html.'],
  page_unnamed: [
    500,
    'The page {url} is the answer to a POST, which cannot be asked for again. Name the URL that renders it: data-reflex-url, on its body.',
  ],
  page_timeout: [500, 'The action is done, but rendering {url} again took too long. Render less, or raise `timeout`.'],
  page_too_large: [500, 'Rendering {url} again made more than {limit} bytes. Morph a selector, or raise limits.page.'],
  page_unauthorized: [401, 'Rendering {url} again answered 401. Log in first.'],
  patch_failed: [500, 'The reply could not be applied to the page. The browser console has the exception.'],
  port_taken: [500, 'Port {port} is taken. Set PORT to another one, or stop the program that listens there.'],
  redirect_refused: [500, 'The browser did not follow the redirect to {to}. Only http and https URLs are followed.'],
  redirect_unsafe: [500, 'An action redirects to {url}. Give a path, or an http or https URL.'],
  reflex_duplicate: [
    500,
    'Two reflexes are called "{name}". A name must be unique within createPatella({ reflexes }).',
  ],
  reflex_name_invalid: [
    500,
    '"{name}" cannot name a {kind}. Use a letter, then letters, digits, "_" or "-" ("." and ":" separate parts).',
  ],
  render_conflict: [500, 'The action is done, but the session ended while {url} was rendered. Reload the page.'],
  request_invalid: [400, 'The request is not well-formed: {reason}.'],
  root_missing: [
    500,
    'The page {url} renders no element with the id "{root}". Keep the root in every render, or take its data-reflex-root away.',
  ],
  secret_missing: [
    500,
    'No secret. Set createPatella({ secret }) to 32 or more random characters, for example from SESSION_SECRET.',
  ],
  secret_weak: [
    500,
    "The secret is shorter than 32 characters. Make one with: node -e \"console.log(require('crypto').randomBytes(32).toString('hex'))\"",
  ],
  server_unknown: [
    500,
    'Patella cannot see which HTTP server its requests come from, so the cable is not served. Call patella.attach(server).',
  ],
  server_closing: [503, 'The server is closing. The tab comes back by itself.'],
  session_closed: [500, 'The session was written to after its response began. Write before the first byte goes out.'],
  session_conflict: [
    409,
    'Another process changed the session while this request held it, so its changes were refused.',
  ],
  session_busy: [
    503,
    'The session is held by other requests and did not come free within {ms} ms. Mark slow actions session: "snapshot".',
  ],
  session_key_reserved: [500, "session.{key} is Patella's own. Choose another name."],
  session_not_serializable: [500, 'The session cannot be stored: {reason}. Keep plain JSON values in it.'],
  session_store_failed: [503, 'The session store {store} failed: {reason}.'],
  session_too_large: [
    500,
    'The session takes {bytes} bytes, the store takes {limit}. Keep large values elsewhere and their key in the session.',
  ],
  stale_request: [409, 'The request speaks for a session or a number that is past.'],
  subscription_rejected: [
    503,
    'The cable refused the reflex channel. Behind a gateway, look whether its RPC reaches this app.',
  ],
  template_invalid: [500, 'html`…`: {reason}. {remedy}.'],
  store_not_shared: [
    500,
    'The session store {store} is for one process, and this one is a worker of a cluster. Set session.store to redis(), memcached() or sql().',
  ],
  testing_in_production: [
    500,
    'PATELLA_TESTING is set in production, where it would let who knows it make sessions. Take it out of the environment.',
  ],
  too_complex: [400, 'The request is nested deeper than {depth} levels or holds more than {nodes} values.'],
  upgrade_required: [426, 'This is a WebSocket endpoint. Behind a proxy, pass the Upgrade and Connection headers on.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type ErrorCode = keyof typeof errorTable

/**
 * An error with a stable `code`, the HTTP `status` that fits it, and the remedy in its message.
 *
 * @example
 * try { await patella.listen(3000) } catch (error) { if (error.code === 'port_taken') … }
 */
export class PatellaError extends Error {
  readonly code: ErrorCode
  readonly status: number

  constructor(code: ErrorCode, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(messageOf(code, details), options)
    this.name = 'PatellaError'
    this.code = code
    this.status = errorTable[code][0]
  }
}

function messageOf(code: ErrorCode, details: Record<string, unknown>): string {
  return errorTable[code][1].replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : whole,
  )
}
