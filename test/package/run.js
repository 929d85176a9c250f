/** The gate on the packed package: packs it, installs it as a stranger would, compiles small apps against it and runs them. `--node 24` runs them on another Node.js. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { compile, compiled } from '../checks/compile.js'

const root = join(import.meta.dirname, '../..')
const { values } = parseArgs({ options: { node: { type: 'string' } } })
const node = values.node === undefined ? [process.execPath] : ['npx', '--yes', '-p', `node@${values.node}`, 'node']
/** For the apps that start PGlite: it is compiled once, not a second time for speed. */
const nodeWithPGlite = [...node, '--liftoff-only']
const folder = mkdtempSync(join(tmpdir(), 'live-sessions-package-'))

/** What `npm test` itself is told must not tell the npm in here. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))

const PLUGINS = ['swagger', 'swagger-ui', 'cookie', 'jwt', 'websocket', 'cors', 'helmet', 'rate-limit', 'compress', 'multipart']
/** What apps/companions.js uses besides, in the last versions for Node.js 20. */
const COMPANIONS = [
  'auth', 'basic-auth', 'bearer-auth', 'csrf-protection', 'formbody', 'http-proxy', 'request-context', 'session', 'static@10.1.3', 'type-provider-typebox', 'under-pressure'
]
const INSTALLED = [
  'fastify', 'typescript@5.9.3', 'typescript-7@npm:typescript@7', '@types/node@20', '@electric-sql/pglite@0.5.14', '@electric-sql/pglite-socket@0.2.17', '@mikro-orm/postgresql@6.6.16',
  'zod@4', 'fastify-type-provider-zod@7', 'graphql@16', 'mercurius', 'socket.io', 'typebox', 'ws', ...[...PLUGINS, ...COMPANIONS].map((name) => `@fastify/${name}`)
]

/**
 * How apps in TypeScript are compiled; what JavaScript comes of it is run as well, the same once. By TypeScript 7, which takes an eighth of the time;
 * by 5.9, which most apps have, where all declarations are checked as well, and for what 7 does not know any more.
 */
const COMPILED = {
  'nodenext, ESM': { type: 'module', apps: ['app.ts', 'session-test.ts', 'zod.ts'], options: { module: 'nodenext', skipLibCheck: true, exactOptionalPropertyTypes: true } },
  'nodenext, CommonJS': { type: 'commonjs', options: { module: 'nodenext', skipLibCheck: true } },
  'node16, ESM': { type: 'module', options: { module: 'node16', skipLibCheck: true } },
  'node16, CommonJS': { type: 'commonjs', options: { module: 'node16', skipLibCheck: true } },
  'a bundler': { type: 'module', options: { module: 'esnext', moduleResolution: 'bundler', noEmit: true, skipLibCheck: true } },
  'a bundler, libraries checked': { type: 'module', apps: ['app.ts'], options: { module: 'preserve', noEmit: true, skipLibCheck: false } },
  'nodenext, ESM, libraries checked, TypeScript 5.9': { type: 'module', compiler: 'typescript', apps: ['app.ts'], options: { module: 'nodenext', noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true } },
  'node16, CommonJS, libraries checked': { type: 'commonjs', apps: ['app.ts'], options: { module: 'node16', noEmit: true, skipLibCheck: false } },
  'node10, the client, TypeScript 5.9': { type: 'commonjs', compiler: 'typescript', apps: ['client.ts'], options: { module: 'commonjs', moduleResolution: 'node10', lib: ['es2022', 'dom'], types: [], noEmit: true, skipLibCheck: false } }
}

let failed = 0

function run ([command, ...args], { cwd = folder, env: own = env, title }) {
  const begun = performance.now()
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env: own, encoding: 'utf8' })
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'not ok'} ${seconds.padStart(6)} s  ${title}`)
  if (status === 0) return stdout
  console.log(error ?? `${stdout}\n${stderr}`)
  failed++
  return null
}

/** The product and its documents; no demo, no test, no source. */
function checkFiles (paths) {
  const wanted = [
    'dist/plugins/entry.js', 'dist/plugins/entry.d.ts', 'dist/plugins/commonjs/index.cjs', 'dist/plugins/commonjs/index.d.cts',
    'dist/src/client/index.js', 'dist/src/client/index.d.ts', 'dist/src/protocol.js', 'dist/src/protocol.d.ts', 'dist/src/cli/main.js',
    'README.md', 'LICENSE', 'CHANGELOG.md', 'docs/PROTOCOL.md', 'package.json'
  ]
  const missing = wanted.filter((path) => !paths.includes(path))
  const stray = paths.filter((path) => /(^|\/)(demo|tests?)\/|\.(test|tst)\./.test(path) || (path.endsWith('.ts') && !path.endsWith('.d.ts')))
  if (missing.length === 0 && stray.length === 0) return
  console.log(`not ok           the package's files. Missing: ${missing.join(', ') || 'none'}; not to be there: ${stray.join(', ') || 'none'}`)
  failed++
}

/** An empty one on the tests' server, for apps that need not prove the one that a test starts by itself: in that, matrix.js would take twice as long. */
async function createServerDatabase () {
  const helper = async (name) => await import(pathToFileURL(compiled(`test/helpers/${name}.ts`)).href)
  const [{ startServices }, { nameTestDatabase, runOn }] = [await helper('services'), await helper('test-databases')]
  const server = (await startServices(process.pid)).postgres.url
  const name = nameTestDatabase()
  await runOn(server, `create database ${name}`)
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  return { url, drop: async () => { await runOn(server, `drop database if exists ${name} with (force)`) } }
}

/** Each with its own options, in one process that reads the same declarations once: half the work. What it says of one follows that one's name. */
function buildTogether (cells) {
  const tsc = [process.execPath, join(folder, 'node_modules/typescript-7/bin/tsc'), '--build', '--verbose', '--singleThreaded', ...cells.map(({ place }) => place)]
  const said = run(tsc, { title: `compiles: ${cells.map(({ title }) => title).join('; ')}` })
  if (said === null) return
  for (const cell of cells) {
    cell.made = said.includes(`Building project '${cell.place}/tsconfig.json'`)
    if (cell.made) continue
    console.log(`not ok           was not compiled: ${cell.title}`)
    failed++
  }
}

function finish () {
  rmSync(folder, { recursive: true, force: true })
  console.log(failed === 0 ? 'The package works from outside.' : `${failed} failed.`)
  process.exit(failed === 0 ? 0 : 1)
}

// Not built here: in `npm test` others run from dist meanwhile.
const packed = run(['npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root, title: 'npm pack' })
if (packed === null) finish()
const [{ filename, files }] = JSON.parse(packed)
checkFiles(files.map(({ path }) => path))
run([join(root, 'node_modules/.bin/attw'), join(folder, filename), '--profile', 'node16'], { title: 'attw: its types resolve' })
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
if (run(['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`, ...INSTALLED], { title: 'npm install' }) === null) finish()

const apps = join(import.meta.dirname, 'apps')
for (const name of readdirSync(apps).filter((name) => /\.c?js$/.test(name))) cpSync(join(apps, name), join(folder, name))
for (const name of ['plain.js', 'plain.cjs']) run([...nodeWithPGlite, name], { title: `runs: ${name}, beside ${PLUGINS.join(', ')}` })
await compile()
const database = await createServerDatabase()
const withDatabase = { ...env, DATABASE_URL: database.url }
run([...node, 'matrix.js'], { env: withDatabase, title: 'runs: matrix.js, with each plugin before and after ours, at the root and in a scope' })
run([...nodeWithPGlite, 'own-orm.js'], { title: 'runs: own-orm.js, with a MikroORM of its own' })
run([process.execPath, compiled('test/package/readme.ts'), folder, ...node], { cwd: root, title: 'runs: the README\'s apps, and the command line' })

const cells = Object.entries(COMPILED).map(([title, { type, compiler = 'typescript-7', apps: files = ['app.ts', 'session-test.ts'], options }]) => {
  const place = title.replaceAll(/\W+/g, '-')
  mkdirSync(join(folder, place))
  writeFileSync(join(folder, place, 'package.json'), JSON.stringify({ private: true, type }))
  for (const name of files) cpSync(join(apps, name), join(folder, place, name))
  writeFileSync(join(folder, place, 'tsconfig.json'), JSON.stringify({ compilerOptions: { target: 'es2022', strict: true, esModuleInterop: true, types: ['node'], rootDir: '.', outDir: 'out', ...options }, files }))
  return { title, type, compiler, files, place, emits: options.noEmit !== true }
})
for (const cell of cells.filter(({ compiler }) => compiler === 'typescript')) {
  cell.made = run([process.execPath, join(folder, 'node_modules/typescript/bin/tsc'), '-p', cell.place], { title: `compiles: ${cell.title}` }) !== null
}
buildTogether(cells.filter(({ compiler }) => compiler === 'typescript-7'))

const ran = new Map()
for (const { title, type, files, place } of cells.filter(({ made, emits }) => made && emits)) {
  const output = (name) => join(folder, place, 'out', name.replace('.ts', '.js'))
  for (const name of files.filter((name) => name !== 'app.ts')) {
    const script = JSON.stringify([type, name, ...['app.ts', name].map((file) => readFileSync(output(file), 'utf8'))])
    const before = ran.get(script)
    if (before !== undefined) console.log(`ok              is what ran: ${title}, ${name}, as ${before}`)
    else if (run([...nodeWithPGlite, output(name)], { env: name === 'zod.ts' ? withDatabase : env, title: `runs: ${title}, ${name}` }) !== null) ran.set(script, title)
  }
}
await database.drop()
finish()
