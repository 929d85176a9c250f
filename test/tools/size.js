/**
 * `npm run size`: what each of the browser's entries weighs, bundled by esbuild, minified, and gzipped (-9); and whether that is within
 * its budget. An entry is what a page loads at once; what it loads later (other languages, a form that is opened, the client where the
 * page has it anyway) is shown beside it. 1 kB is 1,000 bytes. Ends with 1 when an entry is over. Names of entries as arguments: those.
 */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Budgets in bytes. React itself is the app's. */
const ENTRIES = [
  { name: 'connectLiveSession', code: "export { connectLiveSession } from './src/client/index.ts'", budget: 4_000 },
  { name: 'react, with the client', code: "export * from './src/react/index.ts'", external: ['react'], budget: 5_100 },
  { name: 'panel', code: "export * from './src/panel/index.ts'", budget: 9_000 },
  { name: 'admin panel', code: "export * from './src/panel/admin.ts'", budget: 9_000 }
]

const wanted = process.argv.slice(2)
const rows = []
for (const entry of ENTRIES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const { bytes, later } = await weigh(entry)
  rows.push({ ...entry, bytes, later, over: bytes > entry.budget })
}

console.log(`${'entry'.padEnd(24)}${'bytes'.padStart(8)}${'budget'.padStart(9)}${'later'.padStart(9)}`)
for (const { name, bytes, budget, later, over } of rows) {
  const columns = [String(bytes).padStart(8), String(budget).padStart(9), String(later).padStart(9)]
  console.log(`${name.padEnd(24)}${columns.join('')}${over ? '   over' : ''}`)
}
if (rows.length === 0) throw new Error(`there is no such entry: ${wanted.join(', ')}`)
process.exitCode = rows.some(({ over }) => over) ? 1 : 0

async function weigh ({ code, external = [] }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: 'ts', sourcefile: 'entry.ts' },
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: '/out',
    external,
    metafile: true,
    write: false,
    logLevel: 'error'
  })
  const gzipped = new Map(outputFiles.map(({ path, contents }) => [path, gzipSync(contents, { level: 9 }).length]))
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [`/${path.replace(/^(\.\.\/)*/, '')}`, output]))
  const atOnce = new Set()
  const visit = (path) => {
    if (atOnce.has(path) || !outputs.has(path)) return
    atOnce.add(path)
    for (const { path: imported, kind } of outputs.get(path).imports) {
      if (kind === 'import-statement') visit(`/${imported.replace(/^(\.\.\/)*/, '')}`)
    }
  }
  for (const [path, { entryPoint }] of outputs) if (entryPoint === 'entry.ts') visit(path)
  if (atOnce.size === 0) throw new Error('esbuild shows no entry')
  const sum = (paths) => paths.reduce((total, path) => total + gzipped.get(path), 0)
  return { bytes: sum([...atOnce]), later: sum([...gzipped.keys()].filter((path) => !atOnce.has(path))) }
}
