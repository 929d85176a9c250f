/** Where PostgreSQL and Redis are: the environment, the standard ports, binaries started privately, docker compose. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { explainUnusablePostgres, startPostgresServer } from './postgres-server.ts'
import { explainUnusableRedis, startRedisServer } from './redis-server.ts'

/** Where a server was found; in the order in which they are tried. */
export const SOURCES = ['environment', 'standard port', 'private', 'compose'] as const
export type Source = typeof SOURCES[number]

export interface Found { url: string, source: Source }
export interface Services { postgres: Found, redis: Found }

interface Kind {
  name: 'postgres' | 'redis'
  title: string
  variable: string
  standardUrls: () => string[]
  explainUnusable: (url: string) => Promise<string | null>
  startPrivately: (owner: number) => Promise<{ url: string } | null>
  composeUrl: (address: string) => string
}

const KINDS: readonly Kind[] = [{
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'DATABASE_URL',
  standardUrls: () => ['postgres', userInfo().username].map((user) => `postgres://${encodeURIComponent(user)}@127.0.0.1:5432/postgres`),
  explainUnusable: explainUnusablePostgres,
  startPrivately: startPostgresServer,
  composeUrl: (address) => `postgres://postgres:postgres@${address}/postgres`
}, {
  name: 'redis',
  title: 'Redis',
  variable: 'REDIS_URL',
  standardUrls: () => ['redis://127.0.0.1:6379'],
  explainUnusable: explainUnusableRedis,
  startPrivately: startRedisServer,
  composeUrl: (address) => `redis://${address}`
}]

/** What this run's `startServices` started, for its test files. */
const STATE_FILE = '.tap/services.json'
const COMPOSE_PROJECT = 'live-sessions-tests'

let found: Promise<Services> | null = null

/** The servers that tests use, looked for once a process. Starts nothing: what is not running already was started before them. */
export async function findServices (): Promise<Services> {
  found ??= resolveEach(async (kind) => await findRunning(kind) ?? await recall(kind))
  found.catch(() => { found = null })
  return await found
}

/** The servers that tests use, started where none runs; those end with the process `owner`. */
export async function startServices (owner: number): Promise<Services> {
  const services = await resolveEach(async (kind) =>
    await findRunning(kind) ?? await startPrivately(kind, owner) ?? await startCompose(kind, owner))
  mkdirSync(dirname(STATE_FILE), { recursive: true })
  writeFileSync(STATE_FILE, JSON.stringify(services))
  return services
}

async function resolveEach (resolve: (kind: Kind) => Promise<Found | null>): Promise<Services> {
  const found = await Promise.all(KINDS.map(async (kind) => await resolve(kind) ?? fail(kind)))
  return Object.fromEntries(KINDS.map((kind, index) => [kind.name, found[index]])) as unknown as Services
}

/** `TEST_SERVICES=private` (a comma-separated list of sources) leaves out the other sources, to try these. */
function isAllowed (source: Source): boolean {
  const only = process.env['TEST_SERVICES']
  return only === undefined || only === '' || only.split(',').includes(source)
}

async function findRunning ({ title, variable, standardUrls, explainUnusable }: Kind): Promise<Found | null> {
  const given = process.env[variable]
  if (given !== undefined && given !== '' && isAllowed('environment')) {
    const problem = await explainUnusable(given)
    if (problem !== null) throw new Error(`${variable} is set, but tests can not use that ${title}: ${problem}`)
    return { url: given, source: 'environment' }
  }
  if (!isAllowed('standard port')) return null
  for (const url of standardUrls()) {
    if (await explainUnusable(url) === null) return { url, source: 'standard port' }
  }
  return null
}

async function recall ({ name, explainUnusable }: Kind): Promise<Found | null> {
  if (!existsSync(STATE_FILE)) return null
  const found = (JSON.parse(readFileSync(STATE_FILE, 'utf8')) as Services)[name]
  return await explainUnusable(found.url) === null ? found : null
}

async function startPrivately ({ startPrivately }: Kind, owner: number): Promise<Found | null> {
  const server = isAllowed('private') ? await startPrivately(owner) : null
  return server === null ? null : { url: server.url, source: 'private' }
}

async function startCompose ({ name, composeUrl }: Kind, owner: number): Promise<Found | null> {
  if (!isAllowed('compose') || !hasContainerEngine()) return null
  compose('up', '--detach', '--wait', name)
  const script = `while kill -0 "$1" 2>/dev/null; do sleep 1; done; docker compose -p ${COMPOSE_PROJECT} rm --stop --force --volumes ${name}`
  spawn('sh', ['-c', script, 'sh', String(owner)], { detached: true, stdio: 'ignore' }).unref()
  const address = compose('port', name, name === 'postgres' ? '5432' : '6379').trim()
  return { url: composeUrl(address), source: 'compose' }
}

function hasContainerEngine (): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}

function compose (...args: string[]): string {
  return execFileSync('docker', ['compose', '-p', COMPOSE_PROJECT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function fail ({ title, variable }: Kind): never {
  throw new Error(`No ${title} for the tests. Set ${variable}; or run one on its standard port; or install it ` +
    '(Debian: apt-get install postgresql redis-server; macOS: brew install postgresql redis) and npm test starts it itself; ' +
    'or start Docker. A single file runs with: npm run test:run -- test/name.test.ts')
}
