/**
 * The built programs that tests start often, each as one file in .tap/bundles: loading its modules (1,200 of the demo,
 * 100 of the command line) is more than half of what a start costs.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { asOneScript } from './bundle.js'

const ROOT = resolve(import.meta.dirname, '../..')
const DIST = join(ROOT, 'dist')
export const PROGRAMS = { demo: join(DIST, 'src/demo/server.js'), commandLine: join(DIST, 'src/cli/main.js') }
/** What npm has installed. */
const PACKAGES = join(ROOT, 'node_modules/.package-lock.json')
const BUNDLES = join(ROOT, '.tap/bundles')

/** The program's bundle, of exactly this build with these packages; null where the run has made none. */
export function findBundle (name) {
  const folder = folderOfBuild()
  return folder !== null && existsSync(folder) ? join(folder, `${name}.cjs`) : null
}

/** Makes them where there is a build without them. */
export async function bundlePrograms () {
  const folder = folderOfBuild()
  if (folder === null || existsSync(folder)) return
  const { build } = await import('esbuild')
  rmSync(BUNDLES, { recursive: true, force: true })
  // Somebody may look for them meanwhile.
  const draft = `${folder}.${process.pid}`
  await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    ...asOneScript,
    outdir: draft,
    outExtension: { '.js': '.cjs' },
    plugins: [asScript]
  })
  renameSync(draft, folder)
}

/** Named after all that is in them, so that they are never an older build's; null without a build. */
function folderOfBuild () {
  if (![...Object.values(PROGRAMS), PACKAGES].every((path) => existsSync(path))) return null
  const hash = createHash('sha256').update(process.version)
  const built = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')).sort()
  const paths = [...built.map((name) => join(DIST, name)), PACKAGES, import.meta.filename]
  for (const path of paths) hash.update(`${path}\n`).update(readFileSync(path))
  return join(BUNDLES, hash.digest('hex').slice(0, 16))
}

/** Modules of ours find beside them what they find in dist/; a program's own, which awaits, says when it has. */
const asScript = {
  name: 'as-script',
  setup ({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (!path.startsWith(DIST)) return
      const place = { dirname: dirname(path), filename: path, url: pathToFileURL(path).href }
      const contents = readFileSync(path, 'utf8')
        .replace(/\bimport\.meta\.(dirname|filename|url)\b/g, (_, name) => JSON.stringify(place[name]))
        .replace(/\bimport\.meta\.resolve\b/g, 'resolveModule')
      return { contents: Object.values(PROGRAMS).includes(path) ? asFunction(contents) : contents, loader: 'js' }
    })
  }
}

function asFunction (module) {
  const [start, , imports] = /^(#!.*\n)?((?:\/\*\*[^]*?\*\/\n|import .*\n)*)/.exec(module)
  return `${imports}export const started = (async () => {${module.slice(start.length)}})()`
}
