import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type DevelopmentState, developmentState } from './development.ts'
import { memory } from './stores/memory.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patella-development-'))
  vi.stubEnv('TMPDIR', folder)
  vi.stubEnv('WATCH_REPORT_DEPENDENCIES', '1')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const start = () => developmentState() as DevelopmentState
const file = () => join(folder, readdirSync(folder)[0] as string)

test('secret and sessions are those of before the restart', () => {
  const before = start()
  expect(before.secret.length).toBeGreaterThanOrEqual(32)
  expect(before.load()).toBeUndefined()
  const store = memory({ state: before })
  store.commit('key', { owner: 'a', version: 0, next: 1, body: 'x', ttl: 60_000 })
  store.close()

  const after = start()
  expect(after.secret).toBe(before.secret)
  expect(memory({ state: after }).read('key').body).toBe('x')
})

test('nobody else can read the file', () => {
  start().save('text')
  expect(readdirSync(folder)).toHaveLength(1)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

test('outside node --watch there is none', () => {
  vi.stubEnv('WATCH_REPORT_DEPENDENCIES', undefined)
  expect(developmentState()).toBeUndefined()
})

test('what others planted is not trusted, and a broken file begins anew', () => {
  const { secret } = start()
  chmodSync(file(), 0o644)
  expect(start().secret).not.toBe(secret)

  const planted = join(folder, 'planted')
  writeFileSync(planted, readFileSync(file()), { mode: 0o600 })
  const path = join(folder, readdirSync(folder).find((name) => name !== 'planted') as string)
  const mine = start().secret
  rmSync(path)
  symlinkSync(planted, path)
  expect(start().secret).not.toBe(mine)
  rmSync(planted)

  writeFileSync(path, 'no json', { mode: 0o600 })
  expect(start().secret.length).toBeGreaterThanOrEqual(32)
})

test('a folder that takes no file is no reason to stop', () => {
  vi.stubEnv('TMPDIR', join(folder, 'missing'))
  const state = start()
  state.save('text')
  expect(state.load()).toBe('text')
})
