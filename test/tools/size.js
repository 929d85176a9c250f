/**
 * `npm run size`: what each of the browser's entries weighs, bundled alone by esbuild, minified, and gzipped (-9); and whether that is
 * within its budget. 1 kB is 1,000 bytes. Ends with 1 when an entry is over.
 */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Budgets in bytes. React itself is the app's. */
const ENTRIES = [
  { name: 'connectLiveSession', code: "export { connectLiveSession } from './src/client/index.ts'", budget: 4_000 },
  { name: 'react, with the client', code: "export * from './src/react/index.ts'", external: ['react'], budget: 5_000 },
  { name: 'panel', code: "export * from './src/panel/index.ts'", budget: 9_000 },
  { name: 'admin panel', code: "export * from './src/panel/admin.ts'", budget: 9_000 }
]

const rows = []
for (const { name, code, external = [], budget } of ENTRIES) {
  const bytes = await weigh(code, external)
  rows.push({ name, bytes, budget, over: bytes > budget })
}

console.log(`${'entry'.padEnd(22)}${'bytes'.padStart(8)}${'budget'.padStart(9)}`)
for (const { name, bytes, budget, over } of rows) {
  console.log(`${name.padEnd(22)}${String(bytes).padStart(8)}${String(budget).padStart(9)}${over ? '   over' : ''}`)
}
process.exitCode = rows.some(({ over }) => over) ? 1 : 0

async function weigh (contents, external) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external,
    write: false,
    logLevel: 'error'
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}
