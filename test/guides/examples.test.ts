/** Every example of the guides compiles as a strict app's code would, and is run by a test. */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { CODE, GUIDES, readExamples, toJavaScript, type ExampleFile } from './examples.ts'

const run = promisify(execFile)
/** What TypeScript checks. */
const TYPED = /\.[cm]?tsx?$/

/** By guide and example. */
const examples = new Map<string, ExampleFile[]>()
for (const file of readExamples()) {
  const name = `${file.guide}/${file.example}`
  examples.set(name, [...examples.get(name) ?? [], file])
}

t.test('every piece of code in a guide is an example', async (t) => {
  for (const name of readdirSync(GUIDES).filter((name) => name.endsWith('.md'))) {
    const fences = [...readFileSync(join(GUIDES, name), 'utf8').matchAll(/^```(\w+)$/gm)].filter(([, language = '']) => CODE.test(language))
    t.equal(readExamples().filter(({ guide }) => `${guide}.md` === name).length, fences.length, name)
  }
})

t.test('every example is run by a test', async (t) => {
  const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts')).map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n')
  for (const name of examples.keys()) t.ok(tests.includes(`'${name.replace('/', "', '")}'`), `writeExample(t, '${name.replace('/', "', '")}')`)
})

t.test('every example compiles', async (t) => {
  const folder = t.testdir({})
  const complaints = await compile(folder)
  for (const name of examples.keys()) t.same(complaints.filter((line) => line.startsWith(`${name}/`)), [], name)
  t.same(complaints.filter((line) => ![...examples.keys()].some((name) => line.startsWith(`${name}/`))), [], 'nothing else is wrong')
})

/** What TypeScript's own `--init` would choose for Node.js, strict, with JSX and the browser's types. */
const COMPILER_OPTIONS = {
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  jsx: 'react-jsx',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  noEmit: true
}

/** The compiler's complaints, a line each, about all examples, in folders of their names. */
async function compile (folder: string): Promise<string[]> {
  const references: Array<{ path: string }> = []
  const complaints: string[] = []
  for (const [name, all] of examples) {
    mkdirSync(join(folder, name), { recursive: true })
    for (const { path, text } of all) writeFileSync(join(folder, name, path), text)
    const [files, scripts] = [all.filter(({ path }) => TYPED.test(path)), all.filter(({ path }) => !TYPED.test(path))]
    // JavaScript has no types to be checked: of it only the grammar is.
    for (const script of scripts) {
      try {
        toJavaScript(script)
      } catch (error) {
        complaints.push(`${name}/${script.path} ${String(error)}`)
      }
    }
    // Each example is a program of its own: what it declares is not the others'.
    if (files.length === 0) continue
    writeFileSync(join(folder, name, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: files.map(({ path }) => path) }))
    references.push({ path: name })
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ files: [], references }))
  // All in one process, which reads the libraries once.
  const tsc = [join(import.meta.dirname, '../../node_modules/typescript-7/bin/tsc'), '--build', '--force', '--verbose', '--builders', '1', '--singleThreaded', '--pretty', 'false']
  const { stdout, code } = await run(process.execPath, tsc, { cwd: folder }).then(({ stdout }) => ({ stdout, code: 0 }), (error: { stdout: string, code: number }) => error)
  const wrong = stdout.split('\n').filter((line) => /(?:^|: )error TS/.test(line))
  for (const { path } of references) if (!stdout.includes(`Building project '${path}/tsconfig.json'`)) complaints.push(`${path}/ was not compiled:\n${stdout}`)
  if (code !== 0 && wrong.length === 0) complaints.push(`TypeScript ended with ${code}:\n${stdout}`)
  return [...complaints, ...wrong]
}
