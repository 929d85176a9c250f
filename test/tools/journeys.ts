/**
 * `npm run journeys`: which files of src/ and plugins/ a request passes through, by V8's count of calls, in an app with
 * the built package and its default options that is warm. Each journey is made several times; what ran in each of them
 * counts, so that nothing does that happened to run beside one (a renewal). docs/ARCHITECTURE.md says which of them to read.
 */
import { randomUUID } from 'node:crypto'
import { Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { createDatabase } from '../helpers/database.ts'
import { startServices } from '../helpers/services.ts'

const WARM_UP = 20
const ROUNDS = 5
const PASSWORD = 'correct horse battery staple'
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))
const { default: liveSessions, requireSession } =
  await import(`${DIST}plugins/entry.js`) as typeof import('../../plugins/entry.ts')

/** What the test helpers need of a test: they clean up at its end. */
const cleanups: Array<() => unknown> = []
const t = { teardown (cleanup: () => unknown) { cleanups.unshift(cleanup) } } as unknown as Test
const profiler = new Session()

try {
  await startServices(process.pid)
  const { url } = await createDatabase(t)
  const app = Fastify({ pluginTimeout: 60_000 })
  cleanups.unshift(async () => { await app.close() })
  await app.register(liveSessions, {
    secret: 'a secret of the journeys, long enough for HS256',
    database: { url },
    login: { verify: ({ body }) => body.password === PASSWORD ? { id: body.email } : null }
  })
  app.get('/guarded', { onRequest: requireSession }, async () => 'hello')
  app.get('/me', { onRequest: requireSession }, async (request) => request.session.userId)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })

  profiler.connect()
  await profiler.post('Profiler.enable')
  await profiler.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

  const { token } = await logIn(address)
  const headers = { authorization: `Bearer ${token}` }
  await show('A request from memory, behind a guard', async () => { await ask(`${address}/guarded`, { headers }) })
  await show('The same, where the route reads request.session', async () => { await ask(`${address}/me`, { headers }) })
  await show('A login', async () => { await logIn(address) })
} finally {
  for (const cleanup of cleanups) await cleanup()
}

async function show (title: string, travel: () => Promise<void>): Promise<void> {
  for (let i = 0; i < WARM_UP; i++) await travel()
  let common: Map<string, Set<string>> | null = null
  for (let i = 0; i < ROUNDS; i++) {
    await takeCalls()
    await travel()
    // What follows the answer in the same breath belongs to it: what watches whether it left.
    await new Promise(setImmediate)
    const calls = await takeCalls()
    common = common === null ? calls : intersect(common, calls)
  }
  const files = [...common ?? []].sort(([a], [b]) => a < b ? -1 : 1)
  console.log(`\n${title}: ${files.length} files`)
  for (const [file, functions] of files) console.log(`  ${file.padEnd(40)} ${[...functions].join(', ')}`)
}

/** By file, the functions that were called since the last time. */
async function takeCalls (): Promise<Map<string, Set<string>>> {
  const calls = new Map<string, Set<string>>()
  for (const { url, functions } of (await profiler.post('Profiler.takePreciseCoverage')).result) {
    if (!url.startsWith('file:') || !fileURLToPath(url).startsWith(DIST)) continue
    const called = functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0)
    if (called.length === 0) continue
    const names = called.map(({ functionName }) => functionName === '' ? '(anonymous)' : functionName)
    calls.set(relative(DIST, fileURLToPath(url)).replace(/\.js$/, '.ts'), new Set(names))
  }
  return calls
}

function intersect (one: Map<string, Set<string>>, other: Map<string, Set<string>>): Map<string, Set<string>> {
  return new Map([...one].filter(([file]) => other.has(file)).map(([file, names]) => {
    return [file, new Set([...names].filter((name) => other.get(file)?.has(name)))]
  }))
}

async function logIn (address: string): Promise<{ token: string }> {
  const body = JSON.stringify({ email: 'ada@example.com', password: PASSWORD, device: { id: randomUUID() } })
  const headers = { 'content-type': 'application/json' }
  return await (await ask(`${address}/api/auth/login`, { method: 'POST', headers, body })).json() as { token: string }
}

async function ask (url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response
}
