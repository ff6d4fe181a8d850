/** The client's bundles: what is built from what, by esbuild. */
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './prepare.mjs'

/** Those for a script tag are one function that runs at once (IIFE), the rest are modules. */
export const bundles = {
  'client.js': { entry: 'client/browser.ts', format: 'iife', minify: true },
  'client.dev.js': { entry: 'client/dev.ts', format: 'iife', minify: false },
  'index.js': { entry: 'client/index.ts', format: 'esm', minify: true },
  'playwright.js': { entry: 'client/playwright.ts', format: 'esm', minify: false },
}

/** @param {string} name @param {import('esbuild').BuildOptions} options */
export function bundle(name, options) {
  const { entry, format, minify } = bundles[name]
  return build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(root, 'dist/client', name),
    bundle: true,
    format,
    minify,
    target: 'es2022',
    legalComments: 'none',
    ...options,
  })
}
