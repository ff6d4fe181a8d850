import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { sql } from '../session/stores/sql.ts'
import { runCommand } from './commands.ts'

async function call(...args: string[]) {
  let text = ''
  const output = { write: (more: string) => (text += more) }
  return { code: await runCommand(['sessions', ...args], output, output), text }
}

it.each(['postgres', 'mysql', 'sqlite'])('prints the migration for %s', async (dialect) => {
  const { code, text } = await call('migration', '--dialect', dialect, '--table', 'app_sessions')
  expect(code).toBe(0)
  expect(text).toMatch(/^CREATE TABLE IF NOT EXISTS app_sessions \(\n {2}id [\s\S]*;\n$/)
})

it('prints what a table of connect-pg-simple lacks', async () => {
  const { text } = await call('migration', '--dialect', 'postgres', '--columns', 'connect-pg-simple')
  expect(text).toMatch(/^ALTER TABLE session\n {2}ADD COLUMN/)
})

it.each([
  [['--help'], 0, 'Examples:'],
  [[], 2, 'give migration --dialect'],
  [['migration'], 2, '--dialect is one of postgres, mysql, sqlite'],
  [['migration', '--dialect', 'oracle'], 2, '--dialect is one of'],
  [['migration', '--dialect', 'mysql', '--table', 'a; b'], 2, '--table takes a name'],
  [['migration', '--dialect', 'mysql', '--columns', 'x'], 2, '--columns is'],
  [['prune'], 2, 'give migration'],
  [['prune', 'redis://x'], 2, 'the address begins with'],
  [['migration', '--slow'], 2, "unknown option '--slow'"],
])('%j ends with %i', async (args, wanted, message) => {
  const { code, text } = await call(...args)
  expect(code).toBe(wanted)
  expect(text).toContain(message)
})

it('prunes, and says how many, or what is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patella-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const url = `sqlite:${join(folder, 'sessions.db')}`
  expect(await call('prune', url)).toMatchObject({
    code: 1,
    text: expect.stringContaining('there is no table sessions'),
  })
  const store = sql(url, { createTable: true })
  await store.commit('over', { owner: 'a', version: 0, next: 1, body: 'x', ttl: 1 })
  await expect.poll(async () => (await store.read('over')).version).toBe(0)
  await store.close?.()
  expect(await call('prune', url)).toEqual({ code: 0, text: '1 row was deleted.\n' })
})
