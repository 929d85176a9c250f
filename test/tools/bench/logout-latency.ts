/** `npm run bench:logout`: how long a logout takes across two nodes, beside its floor, alternating in one run. Writes docs/LATENCY.md. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { Redis } from 'ioredis'
import type { Test } from 'tap'
import { startNodes } from '../../helpers/nodes.ts'
import { startServices } from '../../helpers/services.ts'
import { BROWSER_SECTION } from './browser-section.ts'
import { openFloor } from './floor.ts'
import { prepareLogouts, type Sample } from './logouts.ts'

const SAMPLES = 500
const WARM_UP = 1_000
const PROGRESS_EVERY = 50
const DOCUMENT = 'docs/LATENCY.md'
/** The targets, as multiples of the floor. */
const P50_AT_MOST = 3
const P99_AT_MOST = 5

/** What the test helpers need of a test: they clean up at its end. */
const cleanups: Array<() => unknown> = []
const t = { teardown (cleanup: () => unknown) { cleanups.unshift(cleanup) } } as unknown as Test

try {
  const services = await startServices(process.pid)
  const loadBefore = loadavg()[0] ?? 0
  const cluster = await startNodes(t, 2, { redis: services.redis.url })
  const [settings] = await cluster.database.query<{ fsync: string, commit: string, version: string }>(
    'select current_setting(\'fsync\') as fsync, current_setting(\'synchronous_commit\') as commit, current_setting(\'server_version\') as version')
  if (settings?.fsync !== 'on' || settings.commit !== 'on') throw new Error('PostgreSQL must run with fsync and synchronous_commit on')
  const floor = await openFloor(cluster.database.url, services.redis.url)
  cleanups.unshift(floor.close)
  say(`preparing ${SAMPLES + WARM_UP} users with two devices each`)
  const logouts = await prepareLogouts(t, cluster, SAMPLES + WARM_UP)
  cleanups.unshift(logouts.close)

  const floors: number[] = []
  const samples: Sample[] = []
  for (let index = -WARM_UP; index < SAMPLES; index++) {
    const pair = { floor: 0, logout: { frame: 0, answer: 0 } }
    const measures = [async () => { pair.floor = await floor.sample() }, async () => { pair.logout = await logouts.sample() }]
    if (index % 2 !== 0) measures.reverse()
    for (const measure of measures) await measure()
    if (index < 0) continue
    floors.push(pair.floor)
    samples.push(pair.logout)
    if ((index + 1) % PROGRESS_EVERY === 0) say(`${index + 1} of ${SAMPLES}: ${summary(floors, samples)}`)
  }

  const redisVersion = await versionOfRedis(services.redis.url)
  const table = tableOf(floors, samples)
  const within = (values: readonly number[]): boolean =>
    quantile(values, 0.5) <= P50_AT_MOST * quantile(floors, 0.5) && quantile(values, 0.99) <= P99_AT_MOST * quantile(floors, 0.99)
  const met = within(samples.map(({ frame }) => frame)) && within(samples.map(({ answer }) => answer))
  say(`\n${table}\n\n${met ? 'Within' : 'NOT within'} the target of ${P50_AT_MOST}× (p50) and ${P99_AT_MOST}× (p99), for the frame and for the answer.`)
  const [, ...browser] = readFileSync(DOCUMENT, 'utf8').split(`\n${BROWSER_SECTION}`)
  writeFileSync(DOCUMENT, [documentOf(table, met, [
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}; load average ${loadBefore.toFixed(1)} before the run`,
    `Node.js ${process.versions.node}, PostgreSQL ${settings.version} (fsync and synchronous_commit on), Redis ${redisVersion}; all on this one machine`
  ]), ...browser].join(`\n${BROWSER_SECTION}`))
  process.exitCode = met ? 0 : 1
} finally {
  for (const cleanup of cleanups) await cleanup()
}

function say (text: string): void {
  process.stdout.write(`${text}\n`)
}

function quantile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

function summary (floors: readonly number[], samples: readonly Sample[]): string {
  const floor = quantile(floors, 0.5)
  const frame = quantile(samples.map((sample) => sample.frame), 0.5)
  return `p50 floor ${floor.toFixed(2)} ms, frame ${frame.toFixed(2)} ms, ${(frame / floor).toFixed(2)}×`
}

function tableOf (floors: readonly number[], samples: readonly Sample[]): string {
  const rows: Array<[string, readonly number[]]> = [
    ['floor: UPDATE committed → PUBLISH → frame', floors],
    ['DELETE on node A → `logout` at the device on node B', samples.map(({ frame }) => frame)],
    ['DELETE on node A → 200, confirmed by both nodes', samples.map(({ answer }) => answer)]
  ]
  const lines = rows.map(([name, values]) => {
    const cells = [0.5, 0.99].flatMap((share) => {
      const value = quantile(values, share)
      return [`${value.toFixed(2)} ms`, `${(value / quantile(floors, share)).toFixed(2)}×`]
    })
    return `| ${[name, ...cells].join(' | ')} |`
  })
  return ['| | p50 | to the floor | p99 | to the floor |', '| --- | ---: | ---: | ---: | ---: |', ...lines].join('\n')
}

function documentOf (table: string, met: boolean, machine: readonly string[]): string {
  return `# How long a logout takes

Written by \`npm run bench:logout\`: ${SAMPLES} logouts across two node processes, each beside one sample of the floor, alternating, after ${WARM_UP} of each to warm up.

${table}

The target is ${P50_AT_MOST}× (p50) and ${P99_AT_MOST}× (p99) of the floor, for DELETE → \`logout\` and for DELETE → 200; this run is ${met ? 'within' : 'not within'} it. Compare the ratios, not the milliseconds: those are this machine's, and the slower its disk is, the smaller the ratios are.

- **The floor** is what any certain live logout has to do: one bare \`UPDATE\` by primary key, committed; one \`PUBLISH\`; a subscriber in another
  process that sends one WebSocket frame; the client has it. No HTTP, no check of who asks, no list of what ended.
- **DELETE → \`logout\`** begins when the request is written and ends when the device's message listener runs. The device is connected to node B, the request goes to node A.
  Its receipt goes out after the answer has come: a device has a processor of its own, and a network to cross.
- **DELETE → 200** has the whole confirmation in it: node B has read the revocation from PostgreSQL, applied it, and said so.

Measured on:

${machine.map((line) => `- ${line}`).join('\n')}
`
}

async function versionOfRedis (url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
  } finally {
    redis.disconnect()
  }
}
