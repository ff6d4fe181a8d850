#!/usr/bin/env node
import { runCommand } from './commands.ts'

runCommand(process.argv.slice(2), process.stdout, process.stderr).then((code) => {
  process.exitCode = code
})
