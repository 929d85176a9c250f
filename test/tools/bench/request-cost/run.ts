/** `npm run bench`: what a validated request costs here and elsewhere, side by side in one run. Writes docs/BENCHMARKS.md when all are measured. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { startServices, type Services } from '../../../helpers/services.ts'
import { nameTestDatabase, runOn } from '../../../helpers/test-databases.ts'
import { writeDocument } from './document.ts'
import { createMeasurement, type Sample } from './measure.ts'
import { describeMemory, measureMemoryApart } from './memory-apart.ts'
import { startLoadGenerator, startServer, type LoadGenerator, type Server } from './processes.ts'
import { tableOf, verdictOf } from './results.ts'
import { isSubjectName, SUBJECT_NAMES, type SubjectName } from './subjects.ts'

const HELP = `npm run bench [-- OPTIONS]

  --passes N        how often every subject is started anew (default 3)
  --rounds N        rounds in a pass, all subjects in each (default 20)
  --seconds S       about how long a subject is asked in a round (default 0.25)
  --connections N   keep-alive connections, one request at a time on each (default 10)
  --subjects a,b    only these: ${SUBJECT_NAMES.join(', ')}
  --profile         a CPU profile of each server in the last pass, in test/tools/bench/dist/profiles
  --help

Writes docs/BENCHMARKS.md when all subjects run at least 5 rounds.
`
/** Fewer say too little for a document. */
const ROUNDS_FOR_DOCUMENT = 5
const BENCH = 'test/tools/bench'
const PROFILES = join(BENCH, 'dist/profiles')

const { values } = parseArgs({
  options: {
    passes: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '0.25' },
    connections: { type: 'string', default: '10' },
    subjects: { type: 'string', default: SUBJECT_NAMES.join(',') },
    profile: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})
const say = (text: string): void => { process.stdout.write(`${text}\n`) }

if (values.help) say(HELP)
else await bench()

async function bench (): Promise<void> {
  const passes = whole('passes', values.passes)
  const rounds = whole('rounds', values.rounds)
  const seconds = positive('seconds', values.seconds)
  const connections = positive('connections', values.connections)
  const names = namesOf(values.subjects)
  installPeers()
  const services = await startServices(process.pid)
  if (values.profile) mkdirSync(PROFILES, { recursive: true })
  const load = startLoadGenerator()
  const loadBefore = loadavg()[0] ?? 0
  const samples = new Map<SubjectName, Sample[]>()
  try {
    for (let pass = 1; pass <= passes; pass++) {
      say(`pass ${pass} of ${passes}`)
      for (const [name, some] of await measurePass({ names, rounds, seconds, connections, services, load })) samples.set(name, [...samples.get(name) ?? [], ...some])
    }
    const table = tableOf(samples)
    const verdict = verdictOf(samples)
    say(`\n${table}\n\n${verdict.lines.join('\n')}`)
    const memory = measureMemoryApart()
    say(`\n${describeMemory(memory)}`)
    if (passes * rounds >= ROUNDS_FOR_DOCUMENT && names.length === SUBJECT_NAMES.length) {
      await writeDocument({ table, verdict, memory: describeMemory(memory), services, loadBefore, passes, rounds, seconds, connections })
    }
    process.exitCode = verdict.met && memory.met ? 0 : 1
  } finally {
    load.stop()
  }
}

interface Pass {
  names: readonly SubjectName[]
  rounds: number
  seconds: number
  connections: number
  services: Services
  load: LoadGenerator
}

/** Every subject in a process of its own, with a database of its own. */
async function measurePass ({ names, rounds, seconds, connections, services, load }: Pass): Promise<Map<SubjectName, Sample[]>> {
  const redisPrefix = `bench-${randomBytes(6).toString('hex')}:`
  const databases: string[] = []
  const servers: Server[] = []
  const measurement = createMeasurement({ load, seconds, connections, say })
  try {
    for (const name of names) {
      const database = nameTestDatabase()
      databases.push(database)
      await runOn(services.postgres.url, `create database ${database}`)
      const postgres = Object.assign(new URL(services.postgres.url), { pathname: `/${database}` }).href
      const server = await startServer({
        subject: name,
        surroundings: { postgres, redis: services.redis.url, redisPrefix: `${redisPrefix}${name}:` },
        profiles: values.profile ? PROFILES : null
      })
      servers.push(server)
      await measurement.add(name, server)
    }
    return await measurement.run(rounds)
  } finally {
    await Promise.allSettled(servers.map((server) => server.stop()))
    await forgetKeys(services.redis.url, redisPrefix)
    for (const database of databases) await runOn(services.postgres.url, `drop database if exists ${database} with (force)`)
  }
}

function positive (name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${name} is a number above 0, not ${text}`)
  return value
}

function whole (name: string, text: string): number {
  const value = positive(name, text)
  if (!Number.isInteger(value)) throw new Error(`--${name} is a whole number, not ${text}`)
  return value
}

function namesOf (list: string): SubjectName[] {
  return list.split(',').map((name) => {
    if (!isSubjectName(name)) throw new Error(`no subject ${name}; there are ${SUBJECT_NAMES.join(', ')}`)
    return name
  })
}

/** What is compared with has a lockfile of its own. */
function installPeers (): void {
  if (existsSync(join(BENCH, 'node_modules/better-auth'))) return
  say('installing what is compared with, in test/tools/bench')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' })
  if (status !== 0) throw new Error('npm ci failed in test/tools/bench')
}

async function forgetKeys (url: string, prefix: string): Promise<void> {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if ((keys as string[]).length > 0) await redis.unlink(keys as string[])
    }
  } finally {
    redis.disconnect()
  }
}
