/** docs/BENCHMARKS.md, as a run found it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { createRequire } from 'node:module'
import { Redis } from 'ioredis'
import { withClient } from '../../../helpers/test-databases.ts'
import type { Services } from '../../../helpers/services.ts'
import { pinned } from './processes.ts'
import type { Verdict } from './results.ts'

export interface Findings {
  table: string
  verdict: Verdict
  memory: string
  services: Services
  loadBefore: number
  passes: number
  rounds: number
  seconds: number
  connections: number
}

const DOCUMENT = 'docs/BENCHMARKS.md'
const PACKAGES = ['fastify', '@fastify/jwt', 'fast-jwt', '@mikro-orm/postgresql', 'pg', 'ioredis', '@fastify/session', 'connect-redis', 'redis', 'better-auth']

export async function writeDocument ({ table, verdict, memory, services, loadBefore, passes, rounds, seconds, connections }: Findings): Promise<void> {
  const load = (value: number | undefined): string => (value ?? 0).toFixed(1)
  writeFileSync(DOCUMENT, `# What a request costs

Written by \`npm run bench\`: ${passes} passes of ${rounds} interleaved rounds, about ${seconds} s for each subject and round, after a third of that to get going again. Each pass starts every subject anew and warms it up for 8 s;
${connections} keep-alive connections with one request at a time on each; ${pinned ? 'the server on one core, the load generator on another' : 'server and load generator not kept on cores of their own here'}. Medians.

${table}

${verdict.lines.join('\n')}

**Compare the ratios, not the microseconds**: those are this machine's. A ratio is the median of the rounds' ratios, each of two subjects within a second or two: what else the machine does meets both. The passes are there because V8 compiles no two
processes alike: the same subject may cost a tenth more or less in its next process, bare Fastify too.

- **CPU µs a request** is what the server's process used (user and system, garbage collection included), by its own \`process.cpuUsage()\`, over the number of requests.
  PostgreSQL's and Redis' own work comes on top of it, for every subject that asks them; it is not counted here. Requests/s is shown beside it: it also depends on what else the machine does.
- **CPU at rest** is what the process used while the others were asked: timers, renewals, batches. A round is shorter than the second after which the plugin renews, so the median has
  mostly none of it; at full load it would add this many ms to each second.
- The load generator never sleeps, so that no subject pays for waking it. Every answer is checked: status 200, and the same body from all.
- 100 users, one session each, asked in turn; the same PostgreSQL and Redis for all, a database for each.
- **This plugin** runs as in a cluster, with PostgreSQL and Redis: its renewals, its beacon and its batches of activity run meanwhile, and show as CPU at rest. The guard is \`requireSession\` in onRequest; the handler reads \`request.session\`.
- **@fastify/jwt** checks HS256, issuer, audience and expiry of a token with the same claims, without its cache. It can't revoke.
- **The naive way** asks PostgreSQL for the session by an indexed token, and writes the last activity, through MikroORM with a pool of ten. It revokes as surely as this plugin.
- **@fastify/session** with its defaults (rolling cookie), connect-redis as its store.
- **better-auth** as its page about Fastify says: \`getSession\` at each request; its cookie cache (5 minutes by default, in which a revoked session lives on) is kept valid for the whole run.

## Memory

${memory}

## Measured on

- ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}; load average ${load(loadBefore)} before the run, ${load(loadavg()[0])} after it
- Node.js ${process.versions.node}, PostgreSQL ${await postgresVersion(services.postgres.url)}, Redis ${await redisVersion(services.redis.url)}, all on this machine
- ${PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ')}
`)
}

/** From test/tools/bench, which sees its own packages and the product's. */
function versionOf (name: string): string {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version
    } catch {}
  }
  return 'unknown'
}

async function postgresVersion (url: string): Promise<string> {
  let version = 'unknown'
  await withClient(url, async (client) => { version = (await client.query<{ server_version: string }>('show server_version')).rows[0]?.server_version ?? version })
  return version
}

async function redisVersion (url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown'
  } finally {
    redis.disconnect()
  }
}
