/** Nodes whose wall clock is an hour wrong, real processes: sessions end by the database's clock, and by no other (R8, A4). */
import t, { type Test } from 'tap'
import type { Session } from '../../src/protocol.ts'
import { until } from '../helpers/cluster.ts'
import { startDemo, type DemoNode } from '../helpers/demo-process.ts'
import { PASSWORD, SECRET } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { ask, logIn } from '../helpers/device.ts'

const HOUR_MS = 3_600_000
const LIFE_MS = 6_000
const EXPIRED = { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } }

/** The process's own `Date` is wrong by so much, from its first line on; its monotonic clock is right. */
const wrongBy = (ms: number): string => `--import=data:text/javascript,${encodeURIComponent(`
  const RealDate = Date
  const now = RealDate.now.bind(RealDate)
  RealDate.now = () => now() + ${ms}
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, newTarget) => Reflect.construct(target, values.length === 0 ? [target.now()] : values, newTarget)
  })`)}`

async function startNode (t: Test, database: TestDatabase, wrongMs: number, options: Record<string, unknown>): Promise<DemoNode> {
  return await startDemo(t, {
    DATABASE_URL: database.url,
    JWT_SECRET: SECRET,
    DEMO_OPEN_LOGIN: '1',
    SESSION_OPTIONS: JSON.stringify(options),
    NODE_OPTIONS: wrongBy(wrongMs)
  })
}

// They wait for sessions to end, each on its own nodes.
t.jobs = 2

for (const [title, wrongMs] of [['slow', -HOUR_MS], ['fast', HOUR_MS]] as const) {
  t.test(`a node whose clock is an hour ${title} admits a living session, refuses it from its end on, and closes its sockets`, { buffered: true }, async (t) => {
    const database = await createDatabase(t)
    const options = { absoluteTimeoutMs: LIFE_MS }
    const [wrong, right] = [await startNode(t, database, wrongMs, options), await startNode(t, database, 0, options)]
    for (const [loginAt, askAt] of [[wrong, right], [right, wrong], [wrong, wrong]] as const) {
      const phone = await logIn(loginAt.address)
      const began = performance.now()
      const socket = await phone.connect(askAt.address)
      const first = await phone.ask<Session>('GET', '/api/sessions/current', { at: askAt.address })
      t.equal(first.status, 200)
      t.ok(Math.abs(Date.parse(first.body.lastActivityAt) - Date.now()) < 2_000, 'lastActivityAt is the database\'s time')
      t.match(await until(() => phone.ask('GET', '/api/sessions/current', { at: askAt.address }), ({ status }) => status !== 200), EXPIRED)
      const lived = performance.now() - began
      // An hour off would show as no life at all, or as one without an end.
      t.ok(lived > LIFE_MS - 1_500 && lived < LIFE_MS + HOUR_MS / 60, `it lived ${Math.round(lived)} ms`)
      t.match(await socket.next('logout'), { reason: 'expired' })
      t.equal((await socket.closed).code, 4401)
    }
  })

  t.test(`of a node whose clock is an hour ${title}: the token's times and the cookie's are right, and it is not ready`, { buffered: true }, async (t) => {
    const database = await createDatabase(t)
    const wrong = await startNode(t, database, wrongMs, { absoluteTimeoutMs: HOUR_MS })
    const headers = { 'sec-fetch-site': 'same-origin' }
    const { headers: answered } = await ask(wrong.address, 'POST', '/api/auth/login', { headers, body: { email: 'user@example.com', password: PASSWORD, transport: 'cookie' } })
    const cookie = answered.getSetCookie().find((text) => !text.includes('-device=')) ?? ''
    const maxAge = Number(/Max-Age=(\d+)/.exec(cookie)?.[1])
    t.ok(maxAge > 3_590 && maxAge <= 3_600, `Max-Age=${maxAge}`)
    const payload = /=[^.]+\.([^.]+)\./.exec(cookie)?.[1] ?? ''
    const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number, exp: number }
    t.ok(Math.abs(iat - Date.now() / 1_000) < 5, 'iat')
    t.ok(Math.abs(exp - iat - 3_600) <= 1, 'exp')
    t.match(await ask(wrong.address, 'GET', '/health/ready'), { status: 503, body: { database: true, lease: true, clock: false } })
    const right = await startNode(t, database, 0, {})
    t.match(await ask(right.address, 'GET', '/health/ready'), { status: 200, body: { database: true, lease: true, clock: true } })
    const lenient = await startNode(t, database, wrongMs, { maxClockDifferenceMs: 2 * HOUR_MS })
    t.match(await ask(lenient.address, 'GET', '/health/ready'), { status: 200, body: { clock: true } })
  })
}
