/** The driver's command line: which faults, how long, and what is written of them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { faults } from './faults/index.ts'
import type { Fault } from './fault.ts'
import { describeResults, summarize } from './report.ts'
import { runFault, type Result } from './run-fault.ts'
import { startServers } from './servers.ts'

const HELP = `npm run test:faults -- [options]

  --fault NAME     one fault, or several by commas; all without it
  --seconds N      how long each fault lasts that has no length of its own (12)
  --requests N     guarded requests a second at each node (900)
  --revocations N  revocations a second (50)
  --short          a lease of 1.2 s instead of 4 s, shorter outages, more patience: for npm test
  --resume FILE    do not run again what this JSON has results of
  --json FILE      the results, as JSON
  --write          write docs/RELIABILITY.md after each fault; a run of all faults does so anyway
  --list           the faults' names
  --help           this

Exit code 0: no promise was broken, no node ended by itself.
`
/** A fault that takes longer has broken down. */
const RUN_WITHIN_MS = 300_000
const DOCUMENT = 'docs/RELIABILITY.md'

const { values } = parseArgs({
  options: {
    fault: { type: 'string' },
    seconds: { type: 'string', default: '12' },
    requests: { type: 'string', default: '900' },
    revocations: { type: 'string', default: '50' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    resume: { type: 'string' },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

if (values.help) process.stdout.write(HELP)
else if (values.list) for (const { name, title } of faults) process.stdout.write(`${name.padEnd(28)}${title}\n`)
else process.exit(await run(choose(values.fault)))

function choose (names: string | undefined): Fault[] {
  if (names === undefined) return faults
  return names.split(',').map((name) => {
    const fault = faults.find((one) => one.name === name)
    if (fault === undefined) throw new Error(`there is no fault "${name}"; --list shows them`)
    return fault
  })
}

async function run (chosen: readonly Fault[]): Promise<number> {
  const began = performance.now()
  const servers = await startServers()
  const results: Result[] = values.resume === undefined ? [] : (JSON.parse(readFileSync(values.resume, 'utf8')) as { results: Result[] }).results
  const done = new Set(results.map(({ name }) => name))
  const failed: string[] = []
  /** After each fault, so that a run that is ended leaves what it found. */
  function write (): void {
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ results, failed }, null, 2))
    if (!values.write && values.fault !== undefined) return
    writeFileSync(DOCUMENT, describeResults(inOrder(results), { facts: servers.facts, arguments: process.argv.slice(2), failed, missing: faults.filter(({ name }) => !results.some((result) => result.name === name)) }))
  }
  try {
    for (const [index, fault] of chosen.entries()) {
      if (done.has(fault.name)) continue
      const say = (text: string): void => {
        process.stderr.write(`[${((performance.now() - began) / 1_000).toFixed().padStart(4)} s] ${index + 1}/${chosen.length} ${fault.name}: ${text}\n`)
      }
      try {
        const result = await within(RUN_WITHIN_MS, runFault({
          servers,
          fault,
          timing: values.short ? { leaseMs: 1_200, renewalMs: 300, queryTimeoutMs: 3_000, allowanceMs: 5_000 } : { leaseMs: 4_000, renewalMs: 1_000, queryTimeoutMs: 10_000, allowanceMs: 1_500 },
          holdMs: Number(values.seconds) * 1_000,
          load: { requests: Number(values.requests), revocations: Number(values.revocations) },
          say
        }))
        results.push(result)
        write()
        say(summarize(result))
        for (const violation of result.violations.slice(0, 10)) say(`  ${violation}`)
      } catch (error) {
        failed.push(`${fault.name}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
        say(failed.at(-1) ?? '')
        // A fault that broke down must not leave the servers dead or frozen for the next one.
        await recover(servers)
      }
    }
  } finally {
    await servers.remove()
  }
  write()
  const violations = results.reduce((sum, result) => sum + result.violations.length, 0)
  const crashes = results.reduce((sum, result) => sum + result.crashes, 0)
  const sum = (part: 'revocations' | 'admissions'): string => results.reduce((total, result) => total + result[part], 0).toLocaleString('en')
  process.stderr.write(`${results.length} faults, ${sum('revocations')} revocations, ${sum('admissions')} admissions checked, ${violations} violations, ${crashes} crashes, ${failed.length} broke down\n`)
  return violations + crashes + failed.length === 0 ? 0 : 1
}

function inOrder (results: readonly Result[]): Result[] {
  return faults.flatMap(({ name }) => results.filter((result) => result.name === name))
}

async function within<T> (ms: number, work: Promise<T>): Promise<T> {
  const limit = new AbortController()
  const late = delay(ms, null, { signal: limit.signal }).then(() => { throw new Error(`not done within ${ms / 1_000} s`) })
  late.catch(() => {})
  return await Promise.race([work, late]).finally(() => { limit.abort() })
}

async function recover ({ postgres, redis }: Awaited<ReturnType<typeof startServers>>): Promise<void> {
  for (const server of [postgres, redis]) {
    await server.kill()
    await server.start()
  }
}
