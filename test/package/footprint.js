/** What the package brings into an app: installed packages and their size, and the time of its import beside Fastify's. `npm run build` first. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const RUNS = 9
const LARGEST = 8
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'live-sessions-footprint-'))
process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })

const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root))
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`, 'fastify'], folder)

const packages = listPackages(join(folder, 'node_modules'))
const total = packages.reduce((sum, { bytes }) => sum + bytes, 0)
console.log(`${packages.length} packages, ${megabytes(total)} MB, with Fastify. The largest:`)
for (const { name, bytes } of packages.sort((a, b) => b.bytes - a.bytes).slice(0, LARGEST)) console.log(`  ${megabytes(bytes).padStart(5)} MB  ${name}`)
const [fastify, ours] = [medianImport('fastify'), medianImport('fastify-live-sessions')]
console.log(`import: ${ours.toFixed(0)} ms; fastify alone ${fastify.toFixed(0)} ms (medians of ${RUNS} processes, less an empty one's)`)

function run (command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Each package with what is its own: packages below it count for themselves. */
function listPackages (modules) {
  return readdirSync(modules).filter((name) => !name.startsWith('.')).flatMap((name) => {
    const scoped = name.startsWith('@') ? readdirSync(join(modules, name)).map((part) => `${name}/${part}`) : [name]
    return scoped.flatMap((full) => {
      const place = join(modules, full)
      const inner = readdirSync(place).includes('node_modules') ? listPackages(join(place, 'node_modules')) : []
      return [{ name: full, bytes: sizeOf(place) }, ...inner]
    })
  })
}

function sizeOf (place) {
  return readdirSync(place, { withFileTypes: true }).reduce((sum, entry) => {
    if (entry.name === 'node_modules') return sum
    const path = join(place, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(path) : statSync(path).size)
  }, 0)
}

function medianImport (name) {
  const times = Array.from({ length: RUNS }, () => timeOf(`await import('${name}')`) - timeOf(''))
  return times.sort((a, b) => a - b)[RUNS >> 1]
}

function timeOf (code) {
  const begun = performance.now()
  execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: folder })
  return performance.now() - begun
}

function megabytes (bytes) {
  return (bytes / 1_000_000).toFixed(1)
}
