/** What a request costs PostgreSQL: nothing, in the usual case; and one query for a storm of cold ones (R31). */
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { requireSession } from '../../plugins/index.ts'
import { buildApp, PASSWORD, SECRET, type BuildOptions, type TestApp } from '../helpers/app.ts'
import { createDatabase } from '../helpers/database.ts'
import { decode, forge } from '../helpers/forge.ts'
import { countStatements, type StatementCounter } from '../helpers/statement-counter.ts'

const COLD_REQUESTS = 500
const SESSIONS = 1_000
const REQUESTS = 100_000
const CONNECTIONS = 10
/** Requests under way at once on each connection, one behind the other. */
const AT_ONCE = 25
const NEVER_MS = 600_000
const LEASE_MS = 60_000
/** Renewals and batches come once a second each, in a few statements; however many requests there are. */
const STATEMENTS_PER_SECOND = 10

interface Counted extends TestApp {
  counter: StatementCounter
}

/** An app with a guarded route, whose every statement is written down. */
async function buildCounted (t: Test, { database, ...build }: BuildOptions = {}): Promise<Counted> {
  const db = database ?? await createDatabase(t)
  const counter = await countStatements(t, db.url)
  const built = await buildApp(t, {
    ...build,
    // A machine too busy to renew in time would ask again for every session, as it should; that is not looked at here.
    options: { leaseMs: LEASE_MS, ...build.options },
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

/** As many sessions of as many users, with tokens such as a login gives. */
async function openSessions (app: TestApp): Promise<string[]> {
  const { header, payload } = decode(await logIn(app, 'user@example.com'))
  const rows = await app.database.query<{ id: string, userId: string }>(`insert into live_session (id, user_id, device_name, device_type, user_agent, expires_at)
    select gen_random_uuid(), 'user-' || n, 'Device', 'desktop', '', now() + interval '1 day' from generate_series(1, ${SESSIONS}) n returning id, user_id as "userId"`)
  return rows.map(({ id, userId }) => forge(header, { ...payload, sub: userId, session_id: id }, SECRET))
}

async function ask ({ app }: TestApp, token: string): Promise<number> {
  return (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode
}

/** Asks for `count` requests over a connection of its own, with the tokens round and round; how many were not answered with 200. */
async function askMany (address: string, tokens: readonly string[], count: number): Promise<number> {
  const { hostname: host, port } = new URL(address)
  const socket = connect({ host, port: Number(port) }).setEncoding('latin1')
  const requests = tokens.map((token) => `GET /me HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`)
  let [sent, good, text] = [0, 0, '']
  const send = (): void => {
    socket.write(Array.from({ length: AT_ONCE }, (_, index) => requests[(sent + index) % requests.length]).join(''))
    sent += AT_ONCE
  }
  send()
  for await (const chunk of socket) {
    text += chunk
    const statuses = text.match(/HTTP\/1\.1 \d{3}/g) ?? []
    if (statuses.length < AT_ONCE) continue
    text = ''
    good += statuses.filter((status) => status.endsWith('200')).length
    if (sent === count) break
    send()
  }
  return count - good
}

/** What the driver asks of a new connection of the pool. */
const isConnecting = (statement: string): boolean => /^select version\(\);?$/.test(statement)
const isRenewal = (statement: string): boolean => statement.includes('live_session_node')
const isActivity = (statement: string): boolean => /update\b[^;]*live_session\b[^;]*last_activity_at/s.test(statement) || /^(begin|commit|set local)\b/i.test(statement)

t.test('500 cold requests of one session make one query', async (t) => {
  const first = await buildApp(t)
  const token = await logIn(first, 'user@example.com')
  // Its batch of activity would be a statement more, on a slow machine.
  const cold = await buildCounted(t, { database: first.database, options: { activityIntervalMs: NEVER_MS } })
  cold.counter.take()
  const statuses = await Promise.all(Array.from({ length: COLD_REQUESTS }, () => ask(cold, token)))
  t.ok(statuses.every((status) => status === 200))
  const queries = cold.counter.take().filter((statement) => !isRenewal(statement) && !isConnecting(statement))
  t.equal(queries.length, 1, queries.join('\n'))
})

t.test('100,000 requests over 1,000 sessions make no query but renewals and batches of activity', async (t) => {
  const app = await buildCounted(t, { options: { activityIntervalMs: 1_000 } })
  const tokens = await openSessions(app)
  const shares = Array.from({ length: CONNECTIONS }, (_, index) => tokens.filter((_, user) => user % CONNECTIONS === index))
  const askAll = (count: number): Promise<number[]> => Promise.all(shares.map((share) => askMany(app.address, share, count / CONNECTIONS)))
  const none = shares.map(() => 0)
  t.strictSame(await askAll(SESSIONS), none, 'each is in memory now')
  app.counter.take()
  const began = performance.now()
  t.strictSame(await askAll(REQUESTS), none)
  const statements = app.counter.take()
  t.strictSame(statements.filter((statement) => !isRenewal(statement) && !isActivity(statement) && !isConnecting(statement)), [])
  t.ok(statements.some(isActivity), 'activity was written')
  const seconds = (performance.now() - began) / 1_000
  t.ok(statements.length <= STATEMENTS_PER_SECOND * (seconds + 1), `${statements.length} statements in ${seconds.toFixed(1)} s`)
})
