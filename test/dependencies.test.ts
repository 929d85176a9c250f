/** Dependency floors (R42): below these versions there are known holes, or licences and engines that don't fit; none of them may be installed or asked for. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import liveSessions from '../plugins/index.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): Record<string, unknown> => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>

/** The lowest version that will do; and why. */
const FLOORS: Record<string, [floor: string, why: string]> = {
  fastify: ['5.12.5', 'GHSA-9q9j-q6p8-xq58, -hwr6-493r-vm6h, -p68q-wchp-6fh7, -667r-xxjv-c9mm, -4mh8-r7rc-xpvc; and trustProxy as a number believes nobody any more'],
  '@fastify/websocket': ['11.3.7', 'the newest; before 11.3.2 a reset during an async hook ends the process'],
  ws: ['8.21.0', 'pings whose answers are never read fill the memory'],
  '@fastify/jwt': ['10.2.0', 'fast-jwt with pinned algorithms'],
  'fastify-plugin': ['6.0.0', ''],
  nodemailer: ['10.0.0', 'up to 9.1.0 three advisories of high severity'],
  ioredis: ['5.11.0', '']
}
/** Exactly these. */
const EXACT: Record<string, [version: string, why: string]> = {
  '@fastify/cookie': ['11.1.0', '11.1.1 pulls a cookie that wants Node 22'],
  'ua-parser-js': ['1.0.41', '2.x is AGPL'],
  ...Object.fromEntries(['core', 'knex', 'postgresql'].map((name) => [`@mikro-orm/${name}`, ['6.6.16', 'all of them at one version']]))
}

function compare (one: string, other: string): number {
  const [a = [], b = []] = [one, other].map((version) => version.split('.').map(Number))
  for (const index of [0, 1, 2]) if (a[index] !== b[index]) return (a[index] ?? 0) - (b[index] ?? 0)
  return 0
}

/** The lowest version that a range of ours lets in; such ranges are `1.2.3` or `^1.2.3`. */
function lowest (range: unknown): string {
  const [, version] = /^\^?(\d+\.\d+\.\d+)$/.exec(String(range)) ?? []
  if (version === undefined) throw new Error(`not a range that this test can read: ${String(range)}`)
  return version
}

const { dependencies, devDependencies, peerDependencies } = read('package.json') as Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>>
const ranges = { ...devDependencies, ...dependencies, ...peerDependencies }
const { packages } = read('package-lock.json') as { packages: Record<string, { version: string, dev?: true }> }

/** Every copy of a package in the tree, however deep. */
function copies (name: string): Array<[path: string, version: string]> {
  return Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${name}`)).map(([path, { version }]) => [path, version])
}

t.test('R42: comparing versions compares numbers', async (t) => {
  t.ok(compare('5.12.1', '5.9.9') > 0 && compare('5.12.0', '5.12.1') < 0 && compare('10.0.0', '9.9.9') > 0)
  t.equal(compare('1.2.3', '1.2.3'), 0)
  t.throws(() => lowest('>=1'))
})

t.test('R42: no dependency is, or may become, older than its floor', async (t) => {
  for (const [name, [floor, why]] of Object.entries(FLOORS)) {
    t.ok(compare(lowest(ranges[name]), floor) >= 0, `package.json asks for ${name} ${ranges[name]}; ${floor} is the floor: ${why}`)
    t.ok(copies(name).length > 0, `${name} is in the lock`)
    for (const [path, version] of copies(name)) t.ok(compare(version, floor) >= 0, `${path} is ${version}; ${floor} is the floor: ${why}`)
    const { version } = read(`node_modules/${name}/package.json`) as { version: string }
    t.ok(compare(version, floor) >= 0, `${name} ${version} is installed`)
  }
})

t.test('R42: what has to be one version exactly is that', async (t) => {
  for (const [name, [version, why]] of Object.entries(EXACT)) {
    t.equal(dependencies[name], version, `${name}: ${why}`)
    for (const [path, locked] of copies(name)) t.equal(locked, version, path)
    t.equal((read(`node_modules/${name}/package.json`) as { version: string }).version, version, `${name} is installed`)
  }
})

t.test('R42: an app\'s own Fastify is checked when the plugin is registered', async (t) => {
  const meta = (liveSessions as unknown as Record<symbol, { fastify: string }>)[Symbol.for('plugin-meta')]
  t.ok(compare(lowest(meta?.fastify), FLOORS['fastify']?.[0] ?? '') >= 0, String(meta?.fastify))
})
