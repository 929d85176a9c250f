/** The built demo as one file, in .tap/demo: of what a node needs to be ready, loading 1,200 modules is more than half. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asOneScript } from './bundle.js'

const ROOT = resolve(import.meta.dirname, '../..')
const DIST = join(ROOT, 'dist')
const SERVER = join(DIST, 'src/demo/server.js')
/** What npm has installed. */
const PACKAGES = join(ROOT, 'node_modules/.package-lock.json')
const BUNDLES = join(ROOT, '.tap/demo')

/** The bundle of exactly this build, with these packages; null where the run has made none. */
export function findDemoBundle () {
  const place = placeOfBundle()
  return place !== null && existsSync(place) ? place : null
}

/** Makes it where there is a build without one. */
export async function bundleDemo () {
  const place = placeOfBundle()
  if (place === null || existsSync(place)) return
  const { build } = await import('esbuild')
  const { outputFiles: [{ contents }] } = await build({
    absWorkingDir: ROOT,
    entryPoints: [SERVER],
    ...asOneScript,
    write: false,
    plugins: [asScript]
  })
  rmSync(BUNDLES, { recursive: true, force: true })
  mkdirSync(BUNDLES, { recursive: true })
  // A node may look for it meanwhile.
  const draft = `${place}.${process.pid}`
  writeFileSync(draft, contents)
  renameSync(draft, place)
}

/** Named after all that is in it, so that it is never an older build's; null without a build. */
function placeOfBundle () {
  if (!existsSync(SERVER) || !existsSync(PACKAGES)) return null
  const hash = createHash('sha256').update(process.version)
  const built = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')).sort()
  const paths = [...built.map((name) => join(DIST, name)), PACKAGES, import.meta.filename]
  for (const path of paths) hash.update(`${path}\n`).update(readFileSync(path))
  return join(BUNDLES, `${hash.digest('hex').slice(0, 16)}.cjs`)
}

/** Modules of ours find beside them what they find in dist/; the demo's own, which awaits, says when it has. */
const asScript = {
  name: 'as-script',
  setup ({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(DIST)) return
      const place = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href }
      const contents = readFileSync(path, 'utf8')
        .replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name) => JSON.stringify(place[name]))
        .replace(/\bimport\.meta\.resolve\b/g, 'resolveModule')
      return { contents: path === SERVER ? asFunction(contents) : contents, loader: 'js' }
    })
  }
}

function asFunction (module) {
  const [imports] = /^(\/\*\*.*\*\/\n|import .*\n)*/.exec(module)
  return `${imports}export const started = (async () => {${module.slice(imports.length)}})()`
}
