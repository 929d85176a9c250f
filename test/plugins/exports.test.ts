/** What the plugin exports, the package does: its entry, which loads it late, and those for require(); and the types say so. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import * as entry from '../../plugins/entry.ts'
import * as plugin from '../../plugins/index.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

interface Paths { types: string, default: string }

const { exports: given } = JSON.parse(read('package.json')) as { exports: Record<string, string | Record<'import' | 'require', Paths>> }
const REQUIRED = Object.entries(given).flatMap(([path, paths]) => {
  return typeof paths === 'string' ? [] : [{ name: `fastify-live-sessions${path.slice(1)}`, types: paths.require.types }]
})

/** What require() gives for each of them, in a process that has loaded nothing else. */
async function namesAtRunTime (cwd: string): Promise<Record<string, string[]>> {
  const names = JSON.stringify(REQUIRED.map(({ name }) => name))
  const script = `console.log(JSON.stringify(Object.fromEntries(${names}.map((name) => [name, Object.keys(require(name)).sort()]))))`
  return JSON.parse((await run(process.execPath, ['-e', script], { cwd })).stdout) as Record<string, string[]>
}

t.test('each function of the plugin\'s is one of the package\'s, for import and for require()', async (t) => {
  const names = Object.keys(entry).sort()
  t.same(Object.keys(plugin).filter((name) => !names.includes(name)), [])
  const required = [...read('plugins/commonjs/index.cjs').matchAll(/^exports\.(\w+) =/gm)].map(([, name]) => name)
  t.same(required.sort(), names)
})

/** What TypeScript finds wrong with the files, one line each. The folder is inside this package, whose types it finds. */
async function findErrors (folder: string, files: string[], options: Record<string, unknown>): Promise<string[]> {
  const compilerOptions = {
    target: 'es2023', lib: ['es2024', 'dom', 'dom.iterable'], strict: true, noEmit: true, types: ['node'], ...options
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = [join(root, 'node_modules/typescript-7/bin/tsc'), '--singleThreaded', '--pretty', 'false', '-p', folder]
  const said = await run(process.execPath, tsc, { cwd: root }).catch((error: { stdout?: string }) => {
    if (typeof error.stdout === 'string' && error.stdout !== '') return { stdout: error.stdout }
    throw error
  })
  return said.stdout.split('\n').filter((line) => line.includes(': error TS') || line.startsWith('error TS'))
}

t.test('an app in CommonJS can use each value that require() gives, and its types declare no other', async (t) => {
  t.equal(REQUIRED.length, 8)
  const folder = t.testdir({ node_modules: { 'fastify-live-sessions': t.fixture('symlink', root) } })
  const names = await namesAtRunTime(folder)
  const files = REQUIRED.map(({ name, types }, index) => {
    const values = names[name] as string[]
    // What `export type *` gives has a name, but is no value.
    const declared = [...read(types).matchAll(/^export (?:declare const (\w+):|(default) )/gm)].map(([, value, main]) => value ?? main)
    t.same(declared.sort(), values, name)
    const imported = values.map((value, index) => `${value} as value${index}`).join(', ')
    const used = values.map((_, index) => `value${index}`).join(', ')
    writeFileSync(join(folder, `app-${index}.cts`), `import { ${imported} } from '${name}'\nconsole.log(${used})\n`)
    return `app-${index}.cts`
  })
  t.same(await findErrors(folder, files, { module: 'node16', skipLibCheck: true }), [])
})

t.test('nothing is wrong with any declaration that is published, read as a source', async (t) => {
  const folder = t.testdir({})
  const published = ['plugins', 'src'].flatMap((part) => {
    const inside = readdirSync(join(root, 'dist', part), { recursive: true, encoding: 'utf8' })
    return inside.filter((path) => /\.d\.c?ts$/.test(path) && !path.startsWith('demo')).map((path) => join(part, path))
  })
  t.ok(published.length > 200, `found ${published.length}`)
  // As sources they are checked without the libraries that they use, which take ten times as long and are not ours.
  const sources = published.map((path) => {
    const source = path.replace(/\.d\.(c?ts)$/, '.$1')
    mkdirSync(dirname(join(folder, source)), { recursive: true })
    copyFileSync(join(root, 'dist', path), join(folder, source))
    return source
  })
  const errors = await findErrors(folder, sources, { module: 'preserve', allowImportingTsExtensions: true, skipLibCheck: true })
  // A renaming that has no use is forbidden in sources alone.
  t.same(errors.filter((line) => !line.includes('error TS2842')), [])
})
