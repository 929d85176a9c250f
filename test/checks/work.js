/**
 * A process that runs test files, one after the other: their names come in on its standard input, line by line.
 * After each it says on standard output and on standard error that this was all, and whether it may run another one.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { compiled } from './compile.js'
import { runFile } from './file-tests.js'
import tap from './uncaught.js'

/** So long may what a file has closed take to be gone. */
const GONE_WITHIN_MS = 2_000
const MAX_MEMORY = 700 * 2 ** 20

// From the start, so that no file is the first to do so.
tap.pipe(process.stdout)
// Each file has its time, and the process as much as it has files.
const { timeout } = tap.options
tap.setTimeout(0)

for await (const file of createInterface({ input: process.stdin })) {
  const [before, used] = [describeProcess(), process.cpuUsage()]
  const counts = await runFile(file, timeout, async () => { await import(pathToFileURL(compiled(file)).href) })
  const { user, system } = process.cpuUsage(used)
  const { total, pass: passed, fail: failed } = counts
  // What has failed may have left anything; and if tap itself is at its end, something failed that belonged to no file.
  const again = await isAsBefore(before) && failed === 0 && tap.results === undefined && process.memoryUsage.rss() < MAX_MEMORY
  for (const stream of [process.stdout, process.stderr]) {
    const report = JSON.stringify({ file, total, passed, failed, again, cpu: (user + system) / 1_000_000 })
    if (!stream.write(`\n${process.env.TEST_FILE_END}${report}\n`)) await once(stream, 'drain')
  }
}

/** What one file could change for the next. What the libraries do once and for all on their import is left out. */
function describeProcess () {
  return {
    env: Object.entries(process.env).filter(([name]) => !name.startsWith('MIKRO_ORM_')).sort().join('\n'),
    place: process.cwd(),
    mask: process.umask(),
    listeners: ['warning', 'unhandledRejection', 'uncaughtException'].map((name) => process.listenerCount(name)).join(),
    open: process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').sort().join(),
    fetch,
    Date,
    now: Date.now,
    setTimeout,
    random: Math.random
  }
}

async function isAsBefore (before) {
  const deadline = performance.now() + GONE_WITHIN_MS
  for (;;) {
    const changed = Object.entries(describeProcess()).filter(([name, value]) => value !== before[name])
    if (changed.length === 0) return true
    if (performance.now() > deadline || changed.some(([name]) => name !== 'open')) {
      if (process.env.TEST_DEBUG) console.error(changed.map(([name, value]) => name === 'env' ? name : `${name}: ${before[name]} → ${value}`).join('; '))
      return false
    }
    await delay(10)
  }
}
