/**
 * Runs the tests: compiled once, by several processes at a time, each of which runs file after file as long as they leave it as it was.
 * Arguments are files or folders; without any, all. With CI=true a skip fails the run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { compile, compiled } from './compile.js'
import { bundlePrograms } from './built-bundles.js'
import { findFailures, findSkips, listTitles, readFile } from './tap-output.js'
import { endGroup, startTestProcess } from './test-process.js'

const RESULTS = '.tap/test-results'
/** Not for slow machines: only what hangs runs into it. Tap itself ends a test after the first, its process is ended after the second. */
const [TEST_WITHIN_S, FILE_WITHIN_S] = [900, 1_000]
/** Most of a test's time is waiting: for a lease, a time-out, a process that starts. But each process loads and compiles the package for itself. */
const AT_ONCE = Number(process.env.TEST_JOBS) || Math.min(8, Math.ceil(2.5 * availableParallelism()))
/** They hold answers to promised times, and wait most of the time: at the end, with no other test beside them. */
const LAST = ['test/tools/faults', 'test/behaviour/without-redis.test.ts', 'test/behaviour/psql-revocation.test.ts']
/** The longest ones first, so that none is left over at the end. */
const FIRST = [
  'test/behaviour', 'test/tools/simulation', 'test/demo', 'test/cli', 'test/limits', 'test/timeouts', 'test/start-up', 'test/browser', 'test/panel'
]

/** What is said once more at the end, of each file that failed. */
const [FAILURES, FAILURE_LINES] = [5, 30]

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
await Promise.all([compile(), bundlePrograms()])
process.exitCode = await startServices() === 0 ? await runAll() : 1

async function startServices () {
  const program = compiled('test/helpers/start-services.ts')
  const child = follow(spawn(process.execPath, ['--enable-source-maps', program], { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }))
  return (await once(child, 'exit'))[0]
}

async function runAll () {
  const isLast = (file) => LAST.some((place) => within(file, place))
  const ended = []
  await runSome(files.filter((file) => !isLast(file)), ended)
  await runSome(LAST.flatMap((place) => files.filter((file) => within(file, place))), ended)
  return summarize(ended)
}

async function runSome (left, ended) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, async () => {
    let place = null
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      if (place === null) {
        place = startTestProcess({ within: FILE_WITHIN_S, env: { ...process.env, TAP_TIMEOUT: String(TEST_WITHIN_S) } })
        follow(place.child)
      }
      const start = performance.now()
      const result = await place.run(file)
      // Whoever ran last answers for how the process ends: by itself, and well.
      const last = !result.again || left.length === 0 ? await place.end() : null
      ended.push(judge(file, result, last, start))
      if (last !== null) place = null
      tell(ended.at(-1), ended.length)
    }
  }))
}

function judge (file, { stdout, stderr, code, total, passed, failed, cpu }, last, start) {
  const { text, stray } = readFile(file, stdout)
  const path = join(RESULTS, `${file}.tap`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  // A process that ended before its tests did has counted nothing; what fails after a file's end belongs to no test of it.
  const whole = code === 0 && total > 0 && stray === 0 && (last === null || last.code === 0)
  return {
    file,
    total,
    passed,
    cpu,
    failed: failed || (whole ? 0 : 1),
    stdout: text,
    stderr: stderr + (last?.stderr ?? ''),
    skips: findSkips(file, text),
    seconds: seconds(start)
  }
}

function follow (child) {
  running.add(child)
  child.once('exit', () => { running.delete(child) })
  return child
}

/** One line; of a single file also what it proved; of a failure all that was said. */
function tell ({ file, failed, total, stdout, stderr, seconds, cpu }, count) {
  const place = `${String(count).padStart(String(files.length).length)}/${files.length}`
  console.log(`${failed === 0 ? 'ok    ' : 'not ok'} ${place} ${seconds.padStart(6)} s  ${file} (${total}, ${cpu.toFixed(1)} s of work)`)
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
  for (const { file, failed, stdout } of broken) {
    console.log(`Failed: ${file} (${failed}), all of it in ${join(RESULTS, `${file}.tap`)}`)
    for (const failure of findFailures(file, stdout).slice(0, FAILURES)) console.log(`  ${failure.split('\n').slice(0, FAILURE_LINES).join('\n  ')}`)
  }
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
