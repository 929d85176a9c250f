/** `npm test`: builds, then everything else side by side; a step that fails stops no other. Each step is an npm script; arguments go to the tests. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

/** `live` shows its lines as they come; the others' are shown together at their end. */
const STEPS = [
  { name: 'build' },
  { name: 'test:run', after: 'build', live: true },
  { name: 'lint' },
  { name: 'check:types:tests' },
  { name: 'test:types', after: 'build' },
  { name: 'check:package', after: 'build' },
  { name: 'test:package', after: 'build' },
  { name: 'check:cycles' },
  { name: 'size' },
  { name: 'docs', after: 'build' }
]
/** The tests use several cores by themselves: beside them one step at a time, more where there is room. */
const AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2))
/** What the tests say at their very end. */
const COUNT = /^\d+ passed, \d+ failed$/

const began = performance.now()
const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal)
    process.exitCode = 1
  })
}

const ends = new Map()
let places = AT_ONCE
const waiting = []
let count = null
for (const step of STEPS) ends.set(step.name, runStep(step))
const results = await Promise.all(ends.values())

console.log()
for (const { name, state, seconds } of results) console.log(`${state.padEnd(7)} ${seconds.padStart(6)} s  ${name}`)
const failed = results.filter(({ state }) => state !== 'ok')
console.log(failed.length === 0 ? `\nAll is well, after ${secondsSince(began)} s.` : `\nFailed after ${secondsSince(began)} s: ${failed.map(({ name }) => name).join(', ')}`)
if (count !== null) console.log(count)
process.exitCode = failed.length === 0 ? 0 : 1

async function runStep ({ name, after, live = false }) {
  if (after !== undefined && (await ends.get(after)).state !== 'ok') return { name, state: 'not run', seconds: '0.0' }
  if (!live) await takePlace()
  const start = performance.now()
  console.log(`…  ${name}`)
  const child = spawn('npm', ['run', '--silent', name, ...(live ? ['--', ...process.argv.slice(2)] : [])], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const lines = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (COUNT.test(line)) count = line
      else if (live) console.log(line)
      else lines.push(line)
    })
  }
  const [code] = await once(child, 'close')
  running.delete(child)
  if (!live) freePlace()
  const state = code === 0 ? 'ok' : 'FAILED'
  console.log([`${code === 0 ? 'ok' : 'FAILED'}  ${name}, ${secondsSince(start)} s`, ...lines.map((line) => `    ${line}`)].join('\n'))
  return { name, state, seconds: secondsSince(start) }
}

async function takePlace () {
  if (places > 0) places--
  else await new Promise((resolve) => { waiting.push(resolve) })
}

function freePlace () {
  const next = waiting.shift()
  if (next === undefined) places++
  else next()
}

function secondsSince (start) {
  return ((performance.now() - start) / 1_000).toFixed(1)
}
