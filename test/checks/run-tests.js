/**
 * Runs the tests: compiled once, several files at a time, each a process of its own.
 * Arguments are files or folders; without any, all. With CI=true a skip fails the run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { compile, compiled } from './compile.js'
import { countPoints, findSkips, listTitles } from './tap-output.js'

const RESULTS = '.tap/test-results'
/** Not for slow machines: only what hangs runs into it. Tap itself ends a test after the first, the process ends after the second. */
const [TEST_WITHIN_S, FILE_WITHIN_S] = [900, 1_000]
/** Most of a test's time is waiting: for a lease, a time-out, a process that starts. */
const AT_ONCE = Number(process.env.TEST_JOBS) || Math.min(8, 2 * availableParallelism())
/** They hold answers to promised times: at the end, one after the other, with nothing beside them that would be judged as well. */
const ALONE = ['test/tools/faults', 'test/behaviour/without-redis.test.ts', 'test/behaviour/psql-revocation.test.ts']
/** The longest ones first, so that none is left over at the end. */
const FIRST = ['test/behaviour', 'test/tools/simulation', 'test/demo', 'test/cli', 'test/limits', 'test/timeouts', 'test/browser']

const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) endGroup(child)
    process.exit(1)
  })
}

const began = performance.now()
const files = chooseFiles(process.argv.slice(2))
if (files.length === 0) throw new Error('There is no such test file: name files test/**/*.test.ts, or folders.')
await compile()
const { code } = await run(['test/helpers/start-services.ts'], 'inherit')
process.exitCode = code === 0 ? await runAll() : 1

async function runAll () {
  const isAlone = (file) => ALONE.some((place) => within(file, place))
  const ended = []
  await runSome(files.filter((file) => !isAlone(file)), AT_ONCE, ended)
  await runSome(files.filter(isAlone), 1, ended)
  return summarize(ended)
}

async function runSome (left, atOnce, ended) {
  await Promise.all(Array.from({ length: Math.min(atOnce, left.length) }, async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const result = await runFile(file)
      ended.push(result)
      tell(result, ended.length)
    }
  }))
}

async function runFile (file) {
  const start = performance.now()
  const { code, stdout, stderr } = await run([file], 'pipe')
  const path = join(RESULTS, `${file}.tap`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, stdout)
  const points = countPoints(stdout)
  // A process that ended before its tests did has no closing line.
  if (code !== 0 || points.total === 0) points.failed ||= 1
  return { file, code, stdout, stderr, ...points, skips: findSkips(file, stdout), seconds: seconds(start) }
}

/** One process, in a group of its own with all that it starts. */
async function run ([file, ...rest], stdio) {
  const child = spawn(process.execPath, ['--enable-source-maps', compiled(file), ...rest], {
    detached: true,
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, TAP_TIMEOUT: String(TEST_WITHIN_S) }
  })
  running.add(child)
  const limit = setTimeout(() => { endGroup(child) }, FILE_WITHIN_S * 1_000)
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name]?.setEncoding('utf8').on('data', (text) => { output[name] += text })
  // A process that it left behind may hold its output open: what counts is its own end.
  const [code, signal] = await once(child, 'exit')
  await Promise.race([once(child, 'close'), new Promise((resolve) => { setTimeout(resolve, 1_000) })])
  clearTimeout(limit)
  running.delete(child)
  if (signal !== null) output.stderr += `ended by ${signal}${signal === 'SIGKILL' ? ` (its limit is ${FILE_WITHIN_S} s)` : ''}\n`
  return { code, ...output }
}

function endGroup ({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** One line; of a single file also what it proved; of a failure all that was said. */
function tell ({ file, failed, total, stdout, stderr, seconds }, count) {
  console.log(`${failed === 0 ? 'ok    ' : 'not ok'} ${String(count).padStart(String(files.length).length)}/${files.length} ${seconds.padStart(6)} s  ${file} (${total})`)
  if (failed !== 0) process.stdout.write(indent(stdout))
  else if (files.length === 1) for (const title of listTitles(stdout)) console.log(`    ${title}`)
  if (stderr !== '') process.stdout.write(indent(stderr))
}

function summarize (ended) {
  const skips = ended.flatMap((one) => one.skips)
  const broken = ended.filter(({ failed }) => failed > 0)
  console.log(skips.length === 0 ? '\nNothing was skipped.' : `\nSkipped (${skips.length}):`)
  for (const line of skips) console.log(`  ${line}`)
  const skipFails = skips.length > 0 && process.env.CI === 'true'
  if (skipFails) console.log('CI=true: a skipped test fails the run.')
  for (const { file, failed } of broken) console.log(`Failed: ${file} (${failed}), all of it in ${join(RESULTS, `${file}.tap`)}`)
  const sum = (part) => ended.reduce((all, one) => all + one[part], 0)
  console.log(`\n${ended.length} files in ${seconds(began)} s, ${AT_ONCE} at once`)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  return broken.length > 0 || skipFails ? 1 : 0
}

function chooseFiles (named) {
  const all = listFiles('test').sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  if (named.length === 0) return all
  const wanted = named.map((name) => normalize(relative('.', name)))
  const unknown = wanted.find((name) => !all.some((file) => within(file, name)))
  if (unknown !== undefined) throw new Error(`There are no tests in ${unknown}.`)
  return all.filter((file) => wanted.some((name) => within(file, name)))
}

function listFiles (folder) {
  return readdirSync(folder).filter((name) => name !== 'node_modules' && name !== 'dist').flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return listFiles(path)
    return name.endsWith('.test.ts') ? [path] : []
  })
}

function within (file, place) {
  return file === place || file.startsWith(`${place}/`)
}

function rank (file) {
  const index = FIRST.findIndex((place) => within(file, place))
  return index === -1 ? FIRST.length : index
}

function indent (text) {
  return text.replace(/^(?=.)/gm, '    ').replace(/\n?$/, '\n')
}

function seconds (since) {
  return ((performance.now() - since) / 1_000).toFixed(1)
}
