/** What a request costs PostgreSQL: nothing, in the usual case; and one query for a storm of cold ones (R31). */
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { requireSession } from '../../plugins/index.ts'
import { buildApp, PASSWORD, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { countStatements, type StatementCounter } from './statement-counter.ts'

const COLD_REQUESTS = 500
const SESSIONS = 1_000
const REQUESTS = 100_000
/** Requests under way at once. */
const AT_ONCE = 250

interface Counted extends TestApp {
  counter: StatementCounter
}

/** An app with a guarded route, whose every statement is written down. */
async function buildCounted (t: Test, { database, ...build }: BuildOptions = {}): Promise<Counted> {
  const db = database ?? await createDatabase(t)
  const counter = await countStatements(t, db.url)
  const built = await buildApp(t, {
    ...build,
    database: { ...db, url: counter.url },
    after: (app) => { app.get('/me', { onRequest: requireSession }, async (request) => request.session?.userId) }
  })
  return { ...built, database: db, counter }
}

async function logIn ({ app }: TestApp, email: string): Promise<string> {
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/api/auth/login', payload: { email, password: PASSWORD } })
  if (statusCode !== 200) throw new Error(`login: ${statusCode} ${body}`)
  return (JSON.parse(body) as { token: string }).token
}

async function ask ({ app }: TestApp, token: string): Promise<number> {
  return (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode
}

const isRenewal = (statement: string): boolean => statement.includes('live_session_node')
const isActivity = (statement: string): boolean => /update\b[^;]*live_session\b[^;]*last_activity_at/s.test(statement) || /^(begin|commit|set local)\b/i.test(statement)

t.test('500 cold requests of one session make one query', async (t) => {
  const first = await buildApp(t)
  const token = await logIn(first, 'user@example.com')
  const cold = await buildCounted(t, { database: first.database })
  cold.counter.take()
  const statuses = await Promise.all(Array.from({ length: COLD_REQUESTS }, () => ask(cold, token)))
  t.ok(statuses.every((status) => status === 200))
  const queries = cold.counter.take().filter((statement) => !isRenewal(statement))
  t.equal(queries.length, 1)
})

t.test('100,000 requests over 1,000 sessions make no query but renewals and batches of activity', async (t) => {
  const app = await buildCounted(t, { options: { activityIntervalMs: 1_000 } })
  const tokens: string[] = []
  for (let user = 0; user < SESSIONS; user++) tokens.push(await logIn(app, `user-${user}@example.com`))
  for (const token of tokens) await ask(app, token)
  app.counter.take()
  let refused = 0
  for (let begun = 0; begun < REQUESTS; begun += AT_ONCE) {
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(app, tokens[(begun + index) % SESSIONS] as string)))
    // Injected requests leave the event loop no turn; sockets would, and the renewal needs one.
    await setImmediate()
    refused += statuses.filter((status) => status !== 200).length
  }
  t.equal(refused, 0)
  const statements = app.counter.take()
  t.strictSame(statements.filter((statement) => !isRenewal(statement) && !isActivity(statement)), [])
  t.ok(statements.some(isActivity), 'activity was written')
  t.ok(statements.length < REQUESTS / 100, `${statements.length} statements in all`)
})
