/** Every example of the guides compiles as a strict app's code would, and is run by a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { CODE, COMPILER_OPTIONS, GUIDES, readExamples, type ExampleFile } from './examples.ts'

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
  // Each example is a program of its own: what it declares is not the others'. Libraries are parsed once.
  const libraries = new Map<string, ts.SourceFile | undefined>()
  for (const [name, files] of examples) t.same(compile(name, files, libraries), [], name)
})

/** The compiler's complaints about the files of one example. */
function compile (name: string, files: ExampleFile[], libraries: Map<string, ts.SourceFile | undefined>): string[] {
  const folder = join(import.meta.dirname, '../../.tap/guides', name)
  const own = new Map(files.map(({ path, text }) => [join(folder, path), text]))
  const host = ts.createCompilerHost(COMPILER_OPTIONS)
  const { fileExists, readFile, directoryExists, getSourceFile } = host
  host.fileExists = (file) => own.has(file) || fileExists(file)
  host.readFile = (file) => own.get(file) ?? readFile(file)
  host.directoryExists = (path) => [...own.keys()].some((file) => file.startsWith(`${path}/`)) || directoryExists?.(path) === true
  host.getSourceFile = (file, languageVersionOrOptions, ...rest) => {
    if (own.has(file)) return ts.createSourceFile(file, own.get(file)!, languageVersionOrOptions, true)
    if (!libraries.has(file)) libraries.set(file, getSourceFile(file, languageVersionOrOptions, ...rest))
    return libraries.get(file)
  }
  const roots = [...own.keys()].filter((file) => /\.[cm]?tsx?$/.test(file))
  // JavaScript has no types to be checked: of it only the grammar is, without the libraries.
  const complaints = [...own].filter(([file]) => !roots.includes(file)).flatMap(([fileName, text]) =>
    ts.transpileModule(text, { fileName, compilerOptions: { ...COMPILER_OPTIONS, allowJs: true }, reportDiagnostics: true }).diagnostics ?? [])
  if (roots.length > 0) complaints.push(...ts.getPreEmitDiagnostics(ts.createProgram(roots, { ...COMPILER_OPTIONS, noEmit: true }, host)))
  return complaints.map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? '' : `${file.fileName.replace(`${folder}/`, '')}:${file.getLineAndCharacterOfPosition(start).line + 1} `
    return line + ts.flattenDiagnosticMessageText(messageText, '\n')
  })
}
