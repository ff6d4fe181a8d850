/**
 * `npm run docs`: holds the documents to the code. Every ```ts block is type-checked as printed, against the package;
 * every `npm run …` names a script that exists; every link leads somewhere.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { anchorsOf, blocksOf, contextsOf, linksOf } from './markdown.mjs'
import { build, root } from './prepare.mjs'

/** Blocks are compiled as strictly as a newcomer's own program, and find the package by its name and exports map. */
const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  allowJs: true,
  moduleDetection: 'force',
  allowImportingTsExtensions: true,
}

const folder = '.cache/docs'
const extensions = { ts: 'ts', tsx: 'tsx', js: 'js' }
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

process.chdir(root)
build()
rmSync(folder, { recursive: true, force: true })
const documents = findDocuments()
const problems = documents.flatMap((path) => [...typeProblems(path), ...scriptProblems(path), ...linkProblems(path)])
const blocks = documents.flatMap((path) => codeOf(path))
process.stdout.write(problems.map((problem) => `${problem}\n`).join(''))
process.stdout.write(`${documents.length} documents, ${blocks.length} blocks of code, ${problems.length} problems\n`)
process.exitCode = problems.length > 0 ? 1 : 0

function findDocuments() {
  const docs = existsSync('docs') ? readdirSync('docs', { recursive: true }).filter((name) => name.endsWith('.md')) : []
  const top = readdirSync('.').filter((name) => name.endsWith('.md'))
  return [...top, ...docs.sort().map((name) => `docs/${name.replaceAll('\\', '/')}`), 'protocol/PROTOCOL.md']
}

function codeOf(path) {
  return blocksOf(read(path)).filter(({ lang, ignore }) => lang in extensions && !ignore)
}

/** One program for each document; a block that augments a module has one of its own, for it would change the others. */
function typeProblems(path) {
  const place = join(folder, path.replace(/\.md$/, ''))
  const contexts = contextsOf(read(path)).map((context, index) => write(join(place, `context-${index}.ts`), context))
  const files = codeOf(path).map((block) => {
    const name = block.title ?? `line-${block.line}.${extensions[block.lang]}`
    return { file: write(join(place, name), block), alone: /^declare (?:module|global)\b/m.test(block.text) }
  })
  const shared = files.filter(({ alone }) => !alone).map(({ file }) => file)
  const programs = [shared, ...files.filter(({ alone }) => alone).map(({ file }) => [file])]
  return programs.filter((program) => program.length > 0).flatMap((program) => compile(path, [...contexts, ...program]))
}

/** Writes a block so far down in its file that an error's line is the document's own. */
function write(file, { text, line }) {
  mkdirSync(dirname(file), { recursive: true })
  if (existsSync(file)) throw new Error(`${file}: two blocks of one document have this title.`)
  writeFileSync(file, '\n'.repeat(line - 1) + text)
  return file
}

function compile(path, files) {
  const project = join(folder, 'tsconfig.json')
  writeFileSync(project, JSON.stringify({ compilerOptions, files: files.map((file) => join(root, file)) }))
  const { stdout } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], {
    encoding: 'utf8',
  })
  const lines = stdout.split('\n').filter((line) => line.includes('error TS'))
  return lines.map((line) => line.replace(/^\S+\((\d+),(\d+)\)/, `${path}:$1:$2`))
}

function scriptProblems(path) {
  const text = read(path)
  return [...text.matchAll(/\bnpm run ([\w:-]+)|\bnpm (start|test)\b/g)]
    .map(({ 1: run, 2: short, index }) => ({ name: run ?? short, line: text.slice(0, index).split('\n').length }))
    .filter(({ name }) => !(name in scripts))
    .map(({ name, line }) => `${path}:${line} package.json has no script "${name}"`)
}

function linkProblems(path) {
  return linksOf(read(path)).flatMap(({ target, line }) => {
    const [file, anchor] = target.split('#')
    const there = file ? normalize(join(dirname(path), file)) : path
    if (!existsSync(there)) return [`${path}:${line} links to ${target}, which does not exist`]
    const found = !anchor || !there.endsWith('.md') || anchorsOf(read(there)).includes(anchor)
    return found ? [] : [`${path}:${line} links to ${target}, but there is no such heading`]
  })
}

function read(path) {
  return readFileSync(path, 'utf8')
}
