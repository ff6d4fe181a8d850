import { PatellaError } from '../protocol/errors.ts'
import { limits as defaults, type Limits } from '../protocol/limits.ts'
import type { Origins } from '../protocol/origin.ts'
import type { Use } from './host/entering.ts'
import { compileTrust, type TrustProxy } from './host/visitor.ts'
import type { ContextSource } from './reflex/caller.ts'
import type { ContextData } from './reflex/context.ts'
import { isTimeout, timeoutRange } from './reflex/deadline.ts'
import type { Reflex } from './reflex/define.ts'
import type { Logger } from './reflex/logger.ts'
import type { SessionOptions } from './session/sessions.ts'

export type PatellaOptions = BaseOptions & ContextOption

/** Required once the app has said, by augmenting `ContextData`, that there is something on it. */
type ContextOption = Record<never, never> extends ContextData ? { context?: MakeContext } : { context: MakeContext }

/**
 * Makes what an action and its hooks share, and again what the page after it is rendered with: for example the user of
 * the session, which is another one after a login.
 */
type MakeContext = (source: ContextSource) => ContextData | Promise<ContextData>

interface BaseOptions {
  /**
   * Signs cookies: 32 or more random characters, from the environment. A list rotates: the first signs, all verify.
   * Without one a random secret serves in development, and production refuses to start.
   */
  secret?: string | readonly string[] | undefined
  /** What pages may call. */
  reflexes?: readonly Reflex<string, any>[]
  /** Where Patella's own routes are, behind the base path. @default '/patella' */
  path?: string
  /** What a proxy or an outer app puts before every path, whether it takes it off again or not. @default '' */
  basePath?: string
  /** Origins that may use the cable besides the server's own, `https://*.example.com` too; `'*'` turns the check off. */
  origins?: Origins
  /**
   * Whose `X-Forwarded-Proto`, `-Host` and `-For` are believed: `true` (behind a proxy that always sets them), the number
   * of proxies, or their addresses and subnets. @default the host's own setting (Express's `trust proxy` …), else nobody's
   */
  trustProxy?: TrustProxy
  /**
   * The app's own middleware for actions, so that `ctx.request.user` is there in `context`, `authorize` and actions: a
   * list of Connect's kind, `[session(…), passport.session()]`, or `'host'`: all that the host app runs before Patella.
   */
  use?: Use
  session?: SessionOptions
  /** Parts of the table in protocol/limits.ts. */
  limits?: Partial<Limits>
  /** `console`, pino, or anything with debug, info, warn and error; `false` for silence. @default console */
  logger?: Logger | false
  /** @default process.env.NODE_ENV === 'production' */
  production?: boolean
}

/** The options with their defaults, checked once. */
export interface Settings {
  readonly path: string
  readonly basePath: string
  readonly origins: Origins
  readonly trustProxy: TrustProxy | undefined
  readonly use: Use | undefined
  readonly limits: Limits
  readonly logger: Logger
  readonly production: boolean
}

const silence = () => {}
const silent: Logger = { debug: silence, info: silence, warn: silence, error: silence }

export function readOptions(options: PatellaOptions): Settings {
  const { path = '/patella', basePath = '', origins = [], logger = console } = options
  if (!/^(?:\/[\w.-]+)+$/.test(path)) throw invalid(`path ${JSON.stringify(path)} is not like "/patella"`)
  if (!/^(?:\/[\w.-]+)*$/.test(basePath)) throw invalid(`basePath ${JSON.stringify(basePath)} is not like "/shop"`)
  if (origins !== '*') for (const origin of origins) assertOrigin(origin)
  return {
    path,
    basePath,
    origins,
    trustProxy: readTrust(options.trustProxy),
    use: readUse(options.use),
    limits: readLimits(options.limits),
    logger: logger === false ? silent : careful(logger),
    production: options.production ?? process.env.NODE_ENV === 'production',
  }
}

/** The secrets, first the one that signs. `fallback` makes one for development. */
export function readSecrets(
  { secret }: PatellaOptions,
  { production, logger }: Settings,
  fallback: () => string,
): readonly string[] {
  const secrets = (typeof secret === 'string' ? [secret] : (secret ?? [])).filter((text) => text !== '')
  if (secrets.length === 0) {
    if (production) throw new PatellaError('secret_missing')
    logger.warn(`${new PatellaError('secret_missing').message} A random one serves until then.`)
    return [fallback()]
  }
  if (secrets.some((text) => text.length < 32)) {
    const weak = new PatellaError('secret_weak')
    if (production) throw weak
    logger.warn(weak.message)
  }
  return secrets
}

function readTrust(trust: TrustProxy | undefined): TrustProxy | undefined {
  try {
    if (trust !== undefined) compileTrust(trust)
    return trust
  } catch (error) {
    throw invalid(`trustProxy: ${(error as Error).message}`)
  }
}

function readUse(use: Use | undefined): Use | undefined {
  const valid =
    use === undefined || use === 'host' || (Array.isArray(use) && use.every((one) => typeof one === 'function'))
  if (!valid) throw invalid(`use is neither 'host' nor a list of middleware`)
  return use
}

function readLimits(given: Partial<Limits> = {}): Limits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) throw invalid(`limits.${name} is no limit`)
    if (typeof value !== 'number' || !(value > 0)) throw invalid(`limits.${name} is not a positive number`)
    if (times.has(name) && !isTimeout(value)) throw invalid(`limits.${name} takes ${timeoutRange}`)
  }
  return { ...defaults, ...given }
}

const times: ReadonlySet<string> = new Set<keyof Limits>([
  'handshake',
  'ping',
  'silence',
  'action',
  'request',
  'progress',
  'drain',
])

/** Each line says whose it is. A logger that fails must not take an answer with it. */
function careful(logger: Logger): Logger {
  const method = (name: keyof Logger) => (message: string) => {
    try {
      logger[name](`patella: ${message}`)
    } catch {
      // There is nobody left to tell.
    }
  }
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

function assertOrigin(origin: string): void {
  if (!URL.canParse(origin.replace('://*.', '://')) || !/^https?:\/\/[^/]+$/.test(origin))
    throw invalid(`origin ${JSON.stringify(origin)} is not like "https://app.example.com"`)
}

function invalid(reason: string): PatellaError {
  return new PatellaError('option_invalid', { reason })
}
