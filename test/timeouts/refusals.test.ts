/** Absolute and idle timeouts over HTTP, shortened, and by the database's clock (R8). */
import t from 'tap'
import type { SessionEvents } from '../../plugins/index.ts'
import type { LoginAnswer, Session } from '../../src/protocol.ts'
import { until } from '../helpers/cluster.ts'
import { buildApp, PASSWORD } from '../helpers/app.ts'
import { ask, logIn, type Device } from '../helpers/device.ts'

/** Asks until the answer is a refusal. */
async function refusalOf (device: Device, at?: string): Promise<unknown> {
  return await until(() => device.ask('GET', '/api/sessions/current', at === undefined ? {} : { at }), ({ status }) => status !== 200)
}

t.test('a session ends at its absolute timeout, however active it is, by memory and by its row', async (t) => {
  const { address, database } = await buildApp(t, { options: { absoluteTimeoutMs: 2_000 } })
  const other = await buildApp(t, { database })
  const phone = await logIn(address)
  const wanted = { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } }
  t.match(await refusalOf(phone), wanted)
  // Each node knows the database's time within its own bounds, which are those of a round trip: not both refuse in the same moment.
  t.match(await refusalOf(phone, other.address), wanted)
  t.match(await database.query("select revoked_at is null as unended, expires_at - created_at = interval '2 seconds' as lifetime from live_session"), [{ unended: true, lifetime: true }])
})

t.test('a row that expired earlier than its token says so', async (t) => {
  const { address, database } = await buildApp(t)
  const phone = await logIn(address)
  await database.query('update live_session set expires_at = now() where id = $1', [phone.id])
  t.match(await phone.ask('GET', '/api/sessions/current'), { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'expired' } })
})

t.test('the first refusal of an idle session ends it for good, with its event, on every node', async (t) => {
  const { app, address, database } = await buildApp(t, { options: { idleTimeoutMs: 60_000 } })
  const other = await buildApp(t, { database, options: { idleTimeoutMs: 60_000 } })
  const ends: Array<SessionEvents['ended']> = []
  app.sessions.on('ended', (event) => { ends.push(event) })
  const phone = await logIn(address)
  await database.query("update live_session set last_activity_at = now() - interval '90 seconds' where id = $1", [phone.id])
  const wanted = { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'idle_timeout' } }
  t.match(await phone.ask('GET', '/api/sessions/current'), wanted)
  t.match(await database.query('select revoked_reason, revoked_by from live_session where id = $1', [phone.id]), [{ revoked_reason: 'idle_timeout', revoked_by: 'system' }])
  t.match(await database.query("select type, reason, by from live_session_event where session_id = $1 and type = 'ended'", [phone.id]), [{ reason: 'idle_timeout', by: 'system' }])
  t.match(ends, [{ sessionId: phone.id, reason: 'idle_timeout' }])
  t.match(await phone.ask('GET', '/api/sessions/current', { at: other.address }), wanted)
  await database.query('update live_session set last_activity_at = now() where id = $1', [phone.id])
  t.match(await phone.ask('GET', '/api/sessions/current'), wanted, 'activity that comes late revives nothing')
})

t.test('a session nobody uses goes idle in memory too; with activity on node A it stays alive on node B', async (t) => {
  const options = { idleTimeoutMs: 5_000, activityIntervalMs: 200 }
  const { address, database } = await buildApp(t, { options })
  const other = await buildApp(t, { database, options })
  const [used, unused] = [await logIn(address), await logIn(address)]
  for (const device of [used, unused]) await device.ask('GET', '/api/sessions/current', { at: other.address })
  const over = performance.now() + 7_000
  await until(() => used.ask('GET', '/api/sessions/current'), () => performance.now() > over)
  t.equal((await used.ask('GET', '/api/sessions/current', { at: other.address })).status, 200)
  t.match(await unused.ask('GET', '/api/sessions/current', { at: other.address }), { status: 401, body: { code: 'SESSION_EXPIRED', reason: 'idle_timeout' } })
})

t.test('expiresAt is the earlier of the absolute and the idle end, and moves with activity', async (t) => {
  for (const [options, idleFirst] of [[{ absoluteTimeoutMs: 60_000, idleTimeoutMs: 600_000 }, false], [{ absoluteTimeoutMs: 600_000, idleTimeoutMs: 60_000 }, true]] as const) {
    const { address, database } = await buildApp(t, { options })
    const { body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', { body: { email: 'user@example.com', password: PASSWORD } })
    const lifeOf = ({ expiresAt, createdAt }: Session): number => Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 1_000)
    t.equal(lifeOf(body.session), 60)
    t.equal(Math.round((Date.parse(body.expiresAt) - Date.parse(body.session.createdAt)) / 1_000), idleFirst ? 600 : 60, 'the token itself lives to the absolute end')
    await database.query("update live_session set last_activity_at = last_activity_at + interval '20 seconds'")
    const list = await ask<Session[]>(address, 'GET', '/api/sessions', { token: body.token })
    t.same(list.body.map(lifeOf), [idleFirst ? 80 : 60])
  }
})
