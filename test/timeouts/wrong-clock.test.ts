/** Nodes whose wall clock is an hour wrong, real processes: sessions end by the database's clock, and by no other (R8, A4). */
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Session } from '../../src/protocol.ts'
import { startDemo, type DemoNode } from '../helpers/demo-process.ts'
import { PASSWORD, SECRET } from '../helpers/app.ts'
import { createDatabase, type TestDatabase } from '../helpers/database.ts'
import { ask, logIn } from '../helpers/device.ts'

const HOUR_MS = 3_600_000
const LIFE_MS = 6_000
/** More than the second that a token's end is rounded down by. */
const NEAR_MS = 2_000
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

/** In ms since 1970. */
async function databaseTime (database: TestDatabase): Promise<number> {
  const [row] = await database.query<{ ms: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms')
  return row!.ms
}

/** A login here, and what the node there says of it, in the life of its session: where a slow machine came too late, of another one. */
async function askInLife (database: TestDatabase, email: string, loginAt: DemoNode, askAt: DemoNode) {
  for (;;) {
    const began = await databaseTime(database)
    const phone = await logIn(loginAt.address, email)
    const [row] = await database.query<{ ms: number }>('select (extract(epoch from expires_at) * 1000)::float8 as ms from live_session where id = $1', [phone.id])
    const socket = await phone.connect(askAt.address).catch(() => null)
    const first = await phone.ask<Session>('GET', '/api/sessions/current', { at: askAt.address })
    const answered = await databaseTime(database)
    if (answered < row!.ms - 1_000) return { phone, socket, first, began, answered, end: row!.ms }
  }
}

// They wait for sessions to end, each on wrong nodes of its own, with users of its own: of two logins of one that are under way at once, the first is replaced.
t.jobs = 2
const database = await createDatabase(t)
const right = await startNode(t, database, 0, { absoluteTimeoutMs: LIFE_MS })

for (const [title, wrongMs] of [['slow', -HOUR_MS], ['fast', HOUR_MS]] as const) {
  t.test(`a node whose clock is an hour ${title} admits a living session, refuses it from its end on, and closes its sockets`, { buffered: true }, async (t) => {
    const wrong = await startNode(t, database, wrongMs, { absoluteTimeoutMs: LIFE_MS })
    for (const [loginAt, askAt] of [[wrong, right], [right, wrong], [wrong, wrong]] as const) {
      const { phone, socket, first, began, answered, end } = await askInLife(database, `${title}@example.com`, loginAt, askAt)
      t.equal(first.status, 200)
      const active = Date.parse(first.body.lastActivityAt)
      t.ok(active > began - 2_000 && active < answered + 2_000, 'lastActivityAt is the database\'s time')
      let [answer, after] = [first, answered - end]
      do {
        await delay(after < -NEAR_MS ? 200 : 20)
        after = await databaseTime(database) - end
        answer = await phone.ask<Session>('GET', '/api/sessions/current', { at: askAt.address })
      } while (answer.status === 200 && after < 0)
      if (answer.status === 200) t.fail(`it was let in ${after} ms after its end`)
      else t.match(answer, EXPIRED)
      // A token's end is in whole seconds.
      t.ok(await databaseTime(database) >= Math.floor(end / 1_000) * 1_000, 'it lived to its end, by the database\'s clock')
      if (socket === null) {
        t.fail('its socket was refused')
        continue
      }
      t.match(await socket.next('logout'), { reason: 'expired' })
      t.equal((await socket.closed).code, 4401)
    }
  })

  t.test(`of a node whose clock is an hour ${title}: the token's times and the cookie's are right, and it is not ready`, { buffered: true }, async (t) => {
    const wrong = await startNode(t, database, wrongMs, { absoluteTimeoutMs: HOUR_MS })
    const headers = { 'sec-fetch-site': 'same-origin' }
    const began = await databaseTime(database)
    const { headers: answered } = await ask(wrong.address, 'POST', '/api/auth/login', { headers, body: { email: `${title}-cookie@example.com`, password: PASSWORD, transport: 'cookie' } })
    const ended = await databaseTime(database)
    const cookie = answered.getSetCookie().find((text) => !text.includes('-device=')) ?? ''
    const maxAge = Number(/Max-Age=(\d+)/.exec(cookie)?.[1])
    t.ok(maxAge >= 3_590 - (ended - began) / 1_000 && maxAge <= 3_600, `Max-Age=${maxAge}`)
    const payload = /=[^.]+\.([^.]+)\./.exec(cookie)?.[1] ?? ''
    const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iat: number, exp: number }
    t.ok(iat > began / 1_000 - 5 && iat < ended / 1_000 + 5, 'iat')
    t.ok(Math.abs(exp - iat - 3_600) <= 1, 'exp')
    t.match(await ask(wrong.address, 'GET', '/health/ready'), { status: 503, body: { database: true, lease: true, clock: false } })
    t.match(await ask(right.address, 'GET', '/health/ready'), { status: 200, body: { database: true, lease: true, clock: true } })
    const lenient = await startNode(t, database, wrongMs, { maxClockDifferenceMs: 2 * HOUR_MS })
    t.match(await ask(lenient.address, 'GET', '/health/ready'), { status: 200, body: { clock: true } })
  })
}
