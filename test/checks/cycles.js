/** `npm run check:cycles`: no source imports itself by way of others, be it for a type alone. Ends with 1 where one does, and names the files on the way. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import ts from 'typescript'

const FOLDERS = ['src', 'plugins']
const ROOT = resolve(import.meta.dirname, '../..')

/** What each file imports, by paths below the root. TypeScript reads no more of a file than its imports. */
const imports = new Map(FOLDERS.flatMap(listSources).map((path) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, path), 'utf8'), true, true)
  const own = importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
  return [path, own.map(({ fileName }) => relative(ROOT, resolve(ROOT, path, '..', fileName)))]
}))
const cycles = []
const done = new Set()
for (const path of imports.keys()) follow(path, [])
for (const cycle of cycles) console.log(cycle.join(' → '))
console.log(`${imports.size} files, ${cycles.length} cycles`)
process.exitCode = cycles.length === 0 && imports.size > 0 ? 0 : 1

function follow (path, way) {
  const since = way.indexOf(path)
  if (since >= 0) cycles.push([...way.slice(since), path])
  else if (!done.has(path)) {
    for (const next of imports.get(path) ?? []) follow(next, [...way, path])
    done.add(path)
  }
}

function listSources (folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name))
}
