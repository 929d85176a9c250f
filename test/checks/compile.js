/** Compiles sources and tests once, file by file, into .tap/build: a test process then starts without a compiler. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

export const BUILD = '.tap/build'
const FOLDERS = ['src', 'plugins', 'test']
const ROOT = resolve(import.meta.dirname, '../..')

/** Where the compiled form of a source is. */
export const compiled = (file) => join(BUILD, file.replace(/\.ts$/, '.js'))

/** Writes what has changed and removes what is gone, so that a run beside this one is not disturbed. */
export async function compile () {
  const entryPoints = FOLDERS.flatMap((folder) => listSources(folder))
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints,
    outdir: BUILD,
    outbase: '.',
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
    plugins: [oneFileEach, ownPlace]
  })
  const wanted = new Set(outputFiles.map(({ path }) => path))
  for (const { path, text } of outputFiles) {
    if (readIfThere(path) === text) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  for (const name of readdirSync(join(ROOT, BUILD), { recursive: true, encoding: 'utf8' })) {
    const path = join(ROOT, BUILD, name)
    if (path.endsWith('.js') && !wanted.has(path)) rmSync(path)
  }
}

/** An import of another source stays an import, of its compiled form; anything else is found where it is. */
const oneFileEach = {
  name: 'one-file-each',
  setup ({ onResolve }) {
    onResolve({ filter: /^tap$/ }, () => ({ external: true, path: pathToFileURL(join(import.meta.dirname, 'file-tests.js')).href }))
    onResolve({ filter: /^\.{1,2}\// }, ({ path, kind, resolveDir }) => {
      if (kind === 'entry-point') return
      return { external: true, path: path.endsWith('.ts') ? path.replace(/\.ts$/, '.js') : pathToFileURL(resolve(resolveDir, path)).href }
    })
  }
}

/** To `import.meta` a source is where it was written: what it finds beside itself is there. */
export const ownPlace = {
  name: 'own-place',
  setup ({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href }
      const contents = readFileSync(path, 'utf8').replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name) => JSON.stringify(place[name]))
      return { contents, loader: 'ts', resolveDir: dirname(path) }
    })
  }
}

function listSources (folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist', 'pages'].includes(entry.name) ? [] : listSources(path)
    return path.endsWith('.ts') && !/\.(d|tst)\.ts$/.test(path) ? [path] : []
  })
}

function readIfThere (path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
