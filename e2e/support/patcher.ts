import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { build } from 'esbuild'
import type { Patcher } from '../../client/patch/patch.ts'

/** What a page has after `loadPatcher`. */
export interface PatcherPage {
  createPatcher(next?: () => number): Patcher
}

let script: Promise<string> | undefined

/** Brings the client's patcher alone to a page, as the global `createPatcher`. */
export async function loadPatcher(page: Page): Promise<void> {
  script ??= bundle()
  await page.addScriptTag({ content: await script })
}

async function bundle(): Promise<string> {
  const resolveDir = fileURLToPath(new URL('../../client/patch', import.meta.url))
  const contents = `
    import { createPatcher } from './patch.ts'
    import * as more from './more.ts'
    Object.assign(globalThis, { createPatcher: (next = () => 1) => createPatcher(next, async () => more) })`
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, bundle: true, format: 'iife', write: false })
  return outputFiles[0]?.text ?? ''
}
