import { readFileSync } from 'node:fs'
import { checkCommand } from './check-command.ts'
import { type Command, exitCodes, type Output, program, UsageError } from './command.ts'
import { sessionsCommand } from './sessions-command.ts'

const commands: ReadonlyMap<string, Command> = new Map([
  ['check', checkCommand],
  ['sessions', sessionsCommand],
])

export async function runCommand(args: readonly string[], out: Output, err: Output): Promise<number> {
  const [name = '--help', ...rest] = args
  const command = commands.get(name)
  if (command !== undefined) return runOne(name, command, rest, out, err)
  if (name === '--help' || name === '-h' || name === 'help') return print(out, overview())
  if (name === '--version' || name === '-v') return print(out, `${version()}\n`)
  err.write(`patella: there is no command ${JSON.stringify(name)}. See ${program} --help\n`)
  return exitCodes.misused
}

async function runOne(name: string, command: Command, args: string[], out: Output, err: Output): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) return print(out, command.help)
  try {
    return await command.run(args, out)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    err.write(`patella ${name}: ${error.message}. See ${program} ${name} --help\n`)
    return exitCodes.misused
  }
}

function overview(): string {
  const rows = [...commands].map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}\n`)
  return `Usage: ${program} <command> [options]

Commands:
${rows.join('')}
  --help     this, or with a command its own
  --version

Examples:
${[...commands].map(([, { example }]) => `  ${program} ${example}\n`).join('')}  ${program} check --help

Exit codes: 0 all is well, 1 something is wrong, 2 called wrongly or nothing could be reached.
`
}

function print(out: Output, text: string): number {
  out.write(text)
  return exitCodes.well
}

function version(): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../'
  return JSON.parse(readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8')).version
}
