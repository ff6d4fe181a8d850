/** What is needed of a browser context: Playwright's `BrowserContext`, without importing it. */
export interface ContextLike {
  readonly request: {
    post(url: string, options: { data: unknown; headers: Record<string, string> }): Promise<ResponseLike>
  }
}

interface ResponseLike {
  ok(): boolean
  status(): number
  url(): string
  text(): Promise<string>
  headersArray(): { name: string; value: string }[]
}

export interface SignInOptions {
  /** Where the app is: `http://localhost:3000`, a base path included. Default: the context's `baseURL`. */
  url?: string
  /** Where Patella's own routes are, as in `createPatella({ path })`. Default `/patella`. */
  path?: string
}

/** Sessions that were made and not ended yet. */
let made: { url: string; cookie: string }[] = []

/**
 * Makes a session that holds `data`, in the app's own store, and gives the browser its cookie: the pages that it opens
 * from then on are those of who has logged in. The app and the test share a secret of at least 16 characters, the
 * environment's `PATELLA_TESTING`; without it, and in production, the app takes no such request.
 *
 * @example
 * await signIn(context, { userId: 1 })
 */
export async function signIn(
  context: ContextLike,
  data: Record<string, unknown>,
  { url = '', path = '/patella' }: SignInOptions = {},
): Promise<void> {
  const to = `${url.replace(/\/$/, '')}${path}/testing`
  const answer = await context.request.post(to, { data, headers: authorization() })
  if (!answer.ok()) throw await refused(answer.status(), answer.url(), await answer.text())
  const cookies = answer.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie')
  const cookie = cookies.map(({ value }) => value.split(';', 1)[0]).join('; ')
  made.push({ url: answer.url(), cookie })
}

/** Ends every session that `signIn` made, for good: their tabs are sent away. */
export async function reset(): Promise<void> {
  const all = made
  made = []
  await Promise.all(
    all.map(async ({ url, cookie }) => {
      const answer = await fetch(url, { method: 'DELETE', headers: { ...authorization(), cookie } })
      if (!answer.ok) throw await refused(answer.status, url, await answer.text())
    }),
  )
}

function authorization(): Record<string, string> {
  const token = process.env.PATELLA_TESTING
  if (!token)
    throw new Error(
      'PATELLA_TESTING is not set. Set it to 16 or more random characters for the tests and for the app alike: in playwright.config.ts, process.env.PATELLA_TESTING ??= crypto.randomUUID()',
    )
  return { authorization: `Bearer ${token}` }
}

async function refused(status: number, url: string, text: string): Promise<Error> {
  const reason =
    status === 404
      ? 'the app was started without PATELLA_TESTING, or with another one, or it is elsewhere'
      : text.trim().slice(0, 500)
  return new Error(`${url} answered ${status}: ${reason}`)
}
