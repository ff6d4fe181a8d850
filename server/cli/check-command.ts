import { parseArgs } from 'node:util'
import { runCheck } from './check.ts'
import { type Command, exitCodes, type Output, program, UsageError } from './command.ts'
import type { Finding } from './visit.ts'

const help = `Usage: ${program} check <url> [options]

Visits a page as a browser does, through every proxy on the way: the page, the script, the session cookie, the Origin,
the WebSocket, a reflex that changes nothing, and an idle minute. Names the line of the proxy that is faulty.

Options:
  --idle <seconds>      how long the connection is left idle (60)
  --timeout <seconds>   how long each step may take (10)
  --cookie <a=b; c=d>   cookies to come with, for a page behind a login
  --path <path>         where Patella's routes are, when the page does not tell (/patella)
  --insecure            accept any certificate
  --json                one JSON object a line: {"step","ok","detail","remedy"}

Examples:
  ${program} check https://app.example.com/counter
  ${program} check https://localhost:8443/ --insecure --idle 10

Exit codes: 0 all is well, 1 something is wrong, 2 called wrongly or the address could not be reached.
`

export const checkCommand: Command = {
  summary: 'visit a page as a browser does, and name what is wrong',
  example: 'check https://app.example.com/counter',
  help,
  run,
}

async function run(args: readonly string[], out: Output): Promise<number> {
  const { url, json, ...options } = read(args)
  const findings: Finding[] = []
  const tell = (finding: Finding) => {
    findings.push(finding)
    out.write(json ? `${JSON.stringify(finding)}\n` : lineOf(finding))
  }
  await runCheck(url, options, tell)
  const faulty = findings.filter(({ ok }) => !ok)
  if (!json)
    out.write(faulty.length === 0 ? '\nAll is well.\n' : `\n${faulty.length} of ${findings.length} steps failed.\n`)
  if (findings.some(({ unreachable }) => unreachable)) return exitCodes.misused
  return faulty.length === 0 ? exitCodes.well : exitCodes.faulty
}

function lineOf({ step, ok, detail, remedy }: Finding): string {
  const rest = remedy === undefined ? '' : remedy.split('\n').map((line) => `            ${line}\n`)
  return `${ok ? '✓' : '✘'} ${step.padEnd(9)} ${detail}\n${rest === '' ? '' : rest.join('')}`
}

function read(args: readonly string[]) {
  const { values, positionals } = parse(args)
  const [url = ''] = positionals
  if (positionals.length !== 1 || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError('give one address, like https://app.example.com/')
  const seconds = (name: 'idle' | 'timeout') => {
    const value = Number(values[name])
    if (!(value > 0)) throw new UsageError(`--${name} takes a number of seconds`)
    return value * 1000
  }
  return {
    url: new URL(url),
    json: values.json,
    idleMs: seconds('idle'),
    timeoutMs: seconds('timeout'),
    cookie: values.cookie,
    path: values.path,
    insecure: values.insecure,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        idle: { type: 'string', default: '60' },
        timeout: { type: 'string', default: '10' },
        cookie: { type: 'string', default: '' },
        path: { type: 'string', default: '' },
        insecure: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw UsageError.from(error)
  }
}
