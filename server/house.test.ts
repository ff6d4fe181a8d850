import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/**
 * The house: what each room may know. `knows` are the rooms whose code it may import, `types` those of which it may
 * take types alone (`import type`, gone once compiled), `packages` what it may import from npm; `node` opens Node's
 * own modules to it. A request walks from the cable to the reflex and on to session and page, and never turns back.
 */
const rooms: Record<string, { knows: string[]; types?: string[]; packages?: string[]; node?: boolean }> = {
  protocol: { knows: [] },
  client: { knows: ['protocol'] },
  'server/session': { knows: ['protocol'], packages: ['cookie'], node: true },
  'server/page': { knows: ['protocol'], packages: ['path-to-regexp'], node: true },
  'server/stream': { knows: ['protocol'], node: true },
  'server/reflex': { knows: ['protocol', 'server/session', 'server/page', 'server/stream'], node: true },
  'server/cable': { knows: ['protocol', 'server/reflex'], types: ['server/session'], packages: ['ws'], node: true },
  'server/gateway': { knows: ['protocol', 'server/reflex', 'server/cable'], types: ['server/session'], node: true },
  'server/host': {
    knows: ['protocol', 'server/reflex', 'server/page'],
    types: ['server/session', 'server/cable'],
    // For the conformance suite alone, which speaks to a host from outside, as a tab does.
    packages: ['ws', 'proxy-addr'],
    node: true,
  },
  'server/cli': { knows: ['protocol', 'server/session'], packages: ['ws'], node: true },
  // patella.ts wires the rooms together, the entry points name what is public. No room knows them.
  server: {
    knows: ['protocol', ...['session', 'page', 'stream', 'reflex', 'cable', 'gateway', 'host'].map(inServer)],
    packages: ['ws'],
    node: true,
  },
}

/** The package's entry points: the only files that may export what another file holds. */
const entries = ['server/index.ts', 'server/conformance.ts', 'client/index.ts']

/** Most lines of a file, and of one that holds nothing but types or tests. */
const longest = 320
const longestTypes = 500

const forbidden: [pattern: RegExp, why: string][] = [
  [/(?<!client\.)\beval\(|\bnew Function\b/, 'code from text is never run'],
  [/\b(?:TODO|FIXME|HACK|XXX)\b/, 'what is left open belongs in an issue'],
  [/^(?:export )?(?:(?:const|let) .*= )?(?:for )?await\b/, 'a top-level await keeps CommonJS apps from requiring it'],
]

type Sources = Map<string, string>
type Import = { target: string; kind: 'value' | 'type' | 'export'; line: number }

describe('the house', () => {
  const sources = readSources()

  test('knows where each file belongs', () => {
    expect(sources.size).toBeGreaterThan(5)
    expect([...sources.keys()].filter((file) => roomOf(file) === undefined)).toEqual([])
  })

  test('rooms import what they may', () => expect(strangers(sources)).toEqual([]))
  test('no file imports itself, by whatever way round', () => expect(circles(sources)).toEqual([]))
  test('only entry points export for others', () => expect(reexports(sources)).toEqual([]))
  test('files are short', () => expect(tooLong(sources)).toEqual([]))
  test('nothing forbidden is written', () => expect(misdeeds(sources)).toEqual([]))
})

describe('the house notices', () => {
  const found = (check: (sources: Sources) => string[], files: Record<string, string>) =>
    check(new Map(Object.entries(files)))

  test('an import out of order', () => {
    const bad = { 'server/session/a.ts': "import { b } from '../reflex/b.ts'", 'server/reflex/b.ts': '' }
    expect(found(strangers, bad)).toEqual(['server/session/a.ts:1 may not import server/reflex/b.ts'])
    expect(found(strangers, { 'client/a.ts': "\nimport {\n  b,\n} from 'ws'" })).toHaveLength(1)
    expect(found(strangers, { 'client/a.ts': "const b = await import('node:fs')" })).toHaveLength(1)
    expect(found(strangers, { 'server/host/a.ts': "import { b } from '../session/b.ts'" })).toHaveLength(1)
    expect(found(strangers, { 'server/host/a.ts': "import type { B } from '../session/b.ts'" })).toEqual([])
    expect(found(strangers, { 'server/page/a.ts': "import 'cookie'" })).toHaveLength(1)
    expect(found(strangers, { 'protocol/a.ts': "/**\n * import { b } from 'ws'\n */\n" })).toEqual([])
  })

  test('a circle', () => {
    const files = {
      'client/a.ts': "import './b.ts'",
      'client/b.ts': "import './c.ts'",
      'client/c.ts': "import './b.ts'",
    }
    expect(found(circles, files)).toEqual(['client/b.ts → client/c.ts → client/b.ts'])
    expect(found(circles, { ...files, 'client/c.ts': "import type { B } from './b.ts'" })).toHaveLength(1)
    expect(found(circles, { ...files, 'client/c.ts': '' })).toEqual([])
  })

  test('a passed-on export, a long file, a forbidden word', () => {
    expect(found(reexports, { 'server/page/a.ts': "export * from './b.ts'" })).toHaveLength(1)
    expect(found(tooLong, { 'client/a.ts': 'const a = 1\n'.repeat(321) })).toHaveLength(1)
    expect(found(tooLong, { 'client/a.ts': 'export type A = 1\n'.repeat(321) })).toEqual([])
    expect(found(misdeeds, { 'client/a.ts': 'const a = 1\nexport const b = await c()' })).toHaveLength(1)
  })
})

function strangers(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) =>
    importsOf(file, text)
      .filter(({ target, kind }) => !mayImport(roomOf(file) ?? '', target, kind))
      .map(({ target, line }) => `${file}:${line} may not import ${target}`),
  )
}

function mayImport(room: string, target: string, kind: Import['kind']): boolean {
  const { knows = [], types = [], packages = [], node = false } = rooms[room] ?? {}
  if (target.startsWith('node:')) return node
  const home = roomOf(target)
  if (home === undefined) return packages.some((name) => target === name || target.startsWith(`${name}/`))
  return home === room || knows.includes(home) || (kind === 'type' && types.includes(home))
}

/** Each circle of imports once, types included, from where it was first entered. */
function circles(sources: Sources): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    if (done.has(file) || trail.includes(file)) return
    for (const { target } of importsOf(file, sources.get(file) ?? '')) {
      if (sources.has(target)) visit(target, [...trail, file])
    }
    done.add(file)
  }
  for (const file of sources.keys()) visit(file, [])
  return found
}

function reexports(sources: Sources): string[] {
  return [...sources]
    .filter(([file]) => !entries.includes(file))
    .flatMap(([file, text]) =>
      importsOf(file, text)
        .filter(({ kind }) => kind === 'export')
        .map(({ line }) => `${file}:${line}`),
    )
}

function tooLong(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) => {
    const lines = text.trimEnd().split('\n').length
    const code = /^(?:export )?(?:async )?(?:const|let|function|class) /m.test(text)
    return lines > (code ? longest : longestTypes) ? [`${file} has ${lines} lines`] : []
  })
}

function misdeeds(sources: Sources): string[] {
  return [...sources].flatMap(([file, text]) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        forbidden.filter(([pattern]) => pattern.test(line)).map(([, why]) => `${file}:${index + 1} ${why}`),
      ),
  )
}

/** Every import, export-from and import() of a file; the targets of relative ones are paths from the root. */
function importsOf(file: string, source: string): Import[] {
  // Examples in docstrings import things too. Blanked out, not cut, so that line numbers hold.
  const text = source.replace(/^\s*\/\*[\s\S]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ' '))
  const pattern = /^(import|export)( type)?\b(?:[\w\s{},*$]*? from)? ?'([^']+)'|\bimport\('([^']+)'\)/gm
  return [...text.matchAll(pattern)].map(({ 1: keyword, 2: type, 3: from, 4: dynamic, index }) => {
    const name = from ?? dynamic ?? ''
    return {
      target: name.startsWith('.') ? join(dirname(file), name) : name,
      kind: keyword === 'export' ? 'export' : type ? 'type' : 'value',
      line: text.slice(0, index).split('\n').length,
    }
  })
}

/** The innermost room that holds a file. */
function roomOf(file: string): string | undefined {
  return Object.keys(rooms)
    .filter((room) => (room === 'server' ? dirname(file) === room : file.startsWith(`${room}/`)))
    .at(0)
}

function inServer(name: string): string {
  return `server/${name}`
}

function readSources(): Sources {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = ['protocol', 'server', 'client'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
      (path) => `${folder}/${path.replaceAll('\\', '/')}`,
    ),
  )
  const code = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts')).sort()
  return new Map(code.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}
